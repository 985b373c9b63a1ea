"""Values that came by another door: into the same store by the same worker, with source and raw text."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qingshan import hj212
from qingshan.bureau.monitor import queries, stores, work
from qingshan.bureau.monitor.models import Held, Latest
from qingshan.gateway import simulator
from qingshan.gateway.doors import delivery as deliveries
from qingshan.gateway.doors.delivery import Delivery, Line, identity
from qingshan.gateway.journal import Journal

T = datetime(2026, 11, 20, 14)
pytestmark = pytest.mark.django_db


def deliver(folder, *lines: Line, received=T + timedelta(minutes=2), key="k") -> None:
    parcel = Delivery("http", "省平台", identity(key), list(lines), received.isoformat(timespec="microseconds"))
    write(folder, deliveries.records(parcel))


def write(folder, records) -> None:
    stores._lake.cache_clear()
    stores._reader.cache_clear()
    journal = Journal(folder / "journal.sqlite3")
    journal.submit(records)
    journal.close()


def test_an_hour_goes_to_the_store_with_its_source_and_raw_text(network, settings, clock_at, chief):
    clock_at(T + timedelta(minutes=2))
    items = {"a34004": {"Avg": "35.5"}, "a21005": {"Avg": "0.6"}, "a34002": {"Avg": "900", "Flag": "D"}}
    deliver(settings.DATA_FOLDER, Line("SM", "hour", "2026-11-20T13:00:00", items, '{"station":"SM"}'))
    work.take_in()
    (row,) = stores.lake().hours(stations=["SM"]).to_pylist()
    assert (row["time"], row["PM2.5"], row["CO"], row["PM10"]) == (T, 35.5, 0.6, None)
    trace = queries.hour_trace(network["SM"].station, T, "PM2.5")
    assert (trace.versions[0].words, trace.versions[0].frame) == ("由其他入口送来，流水第 1 帧", 1)
    view = queries.frame_for(chief, 1)
    assert view.device.station == network["SM"].station
    assert view.text.endswith('{"station":"SM"}')
    assert view.frame.peer == "http:省平台"


def test_a_frame_of_another_town_does_not_exist(network, settings, clock_at, town_person):
    clock_at(T)
    deliver(settings.DATA_FOLDER, Line("LQ", "hour", "2026-11-20T13:00:00", {"a34004": {"Avg": "1"}}, "x"))
    with pytest.raises(LookupError):
        queries.frame_for(town_person, 1)


def test_present_values_and_minutes_go_where_those_of_devices_go(network, settings, clock_at):
    clock_at(T + timedelta(minutes=2))
    deliver(
        settings.DATA_FOLDER,
        Line("SM", "now", "2026-11-20T14:01:30", {"a34004": {"Rtd": "41"}}, "x"),
        *(Line("SM", "minute", f"2026-11-20T13:{m:02}:00", {"a34004": {"Avg": "30"}}, "x") for m in range(60)),
    )
    clock_at(T + timedelta(minutes=10))
    work.take_in()
    assert Latest.objects.get(station__code="SM", item="PM2.5", kind="now").value == 41
    assert stores.lake().hours(stations=["SM"]).to_pylist()[0]["PM2.5"] == 30


def test_a_packet_that_calls_itself_a_station_is_held(network, settings, clock_at, journal, hour_frame):
    clock_at(T + timedelta(minutes=2))
    raw = simulator.hour_record("@SM", T - timedelta(hours=1), {"a34004": 999}, qn=T)
    journal(raw, received=T + timedelta(minutes=1))
    assert hj212.parse(hj212.Framer().feed(raw)[0]).mn == "@SM"
    work.take_in()
    assert stores.lake().hours(stations=["SM"]).num_rows == 0
    assert "未准入" in Held.objects.get(mn="@SM").reason
