"""Import page: files as bureaus have them, tried first, stored once, faults by row."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.actions import imports
from qingshan.bureau.monitor.models import ImportRun, SavedMapping

pytestmark = pytest.mark.django_db

AWKWARD = """石门镇等站点小时浓度,,,,,
监测时间,点位名称,浓度（μg/m3）,,,一氧化碳（mg/m3）
,,PM2.5,PM10,SO2,
2026-10-01 01:00,石门站,３５,60,<0.01,０．５
2026-10-01 02:00,石门站,36,未检出,5,0.6
2026-10-01 03:00,石门站,-7,61,6,0.7
2026-10-01 04:00,无此站,38,62,7,0.8
2026-13-01 05:00,石门站,39,63,8,0.9
"""


@pytest.fixture(autouse=True)
def fresh_store():
    stores._lake.cache_clear()
    stores._reader.cache_clear()


def send(client, data: bytes, name="小时.csv", **more):
    return client.post(reverse("monitor:imports"), {"file": SimpleUploadedFile(name, data), **more})


def test_an_awkward_gbk_file_is_tried_seen_and_stored(network, clerk, as_):
    client = as_(clerk)
    answer = send(client, AWKWARD.encode("gbk"))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    run = ImportRun.objects.get()
    page = client.get(answer.url)
    seen, text = page.context["seen"], page.content.decode()
    assert stores.lake().span() is None  # nothing is stored by looking
    assert {e.row for e in seen.errors} >= {6, 7, 8}
    assert "不能为负" in text
    assert "无此站" in text
    done = client.post(answer.url, {"act": "confirm", "digest": seen.digest})
    assert done.status_code == 302
    rows = stores.lake().hours(stations=["SM"]).to_pylist()
    assert [r["PM2.5"] for r in rows][:2] == [35, 36]
    assert rows[0]["CO"] == 0.5
    assert rows[0]["time"] == datetime(2026, 10, 1, 1)
    run.refresh_from_db()
    assert run.state == "stored"
    assert run.errors == seen.n_errors
    assert stores.lake().versions("SM", datetime(2026, 10, 1, 1))[0]["origin"] == f"import:{run.pk}"


SIMPLE = "时间,站点,PM2.5\n2026-10-01 01:00,石门站,35\n2026-10-01 02:00,石门站,36\n"


def test_the_same_file_again_stores_nothing_new(network, clerk, as_):
    client = as_(clerk)
    for expected in ((2, 0), (0, 2)):
        url = send(client, SIMPLE.encode()).url
        client.post(url, {"act": "confirm", "digest": client.get(url).context["seen"].digest})
        run = ImportRun.objects.order_by("-pk").first()
        assert (run.stored, run.same) == expected
    assert len(stores.lake().versions("SM", datetime(2026, 10, 1, 1))) == 1


def test_a_mapping_is_changed_saved_and_used_again(network, clerk, as_):
    client = as_(clerk)
    url = send(client, SIMPLE.encode()).url
    columns = client.get(url).context["columns"]
    assert [c["role"] for c in columns] == ["time", "station", "item:PM2.5"]
    client.post(url, {
        "act": "map", "header": 1, "header_rows": 1, "first": 2, "hour_label": "start", "below": "half", "save_as": "子站月报",
        "role_0": "time", "role_1": "station", "role_2": "item:PM10", "unit_2": "mg/m³",
    })  # fmt: skip
    seen = client.get(url).context["seen"]
    assert seen.n_errors == 2  # 35 mg/m³ is no hourly value
    assert "大得不像" in seen.errors[0].message
    saved = SavedMapping.objects.get(name="子站月报")
    url = send(client, SIMPLE.encode(), saved=saved.pk).url
    assert client.get(url).context["mapping"].hour_label == "start"


def test_a_confirmation_of_something_else_than_was_seen_is_refused(network, clerk):
    run = imports.upload("a.csv", SIMPLE.encode(), by=clerk)
    with pytest.raises(Refused, match="再看一遍"):
        imports.confirm(run.pk, by=clerk, digest="0" * 64)
    assert stores.lake().span() is None


@pytest.mark.parametrize(("data", "said"), [(b"   ", "空"), (b"%PDF-1.7", "PDF"), (b"PK\x03\x04zzz", "“x.xlsx”"), (b"\x89PNG....", "PNG")])
def test_what_is_no_table_is_refused_in_words(network, clerk, as_, data, said):
    answer = send(as_(clerk), data, "x.xlsx")
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_table_without_hours_says_what_is_missing(network, clerk, as_):
    client = as_(clerk)
    url = send(client, "姓名,电话\n张三,1\n".encode()).url
    page = client.get(url)
    assert page.status_code == 200
    assert "没有认出" in page.context["wrong"]


def test_only_those_who_may_import(network, town_person, as_):
    assert as_(town_person).get(reverse("monitor:imports")).status_code == 403
    with pytest.raises(PermissionDenied):
        imports.upload("a.csv", SIMPLE.encode(), by=town_person)
