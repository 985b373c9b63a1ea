"""Files that arrive in a folder: wide, long, merged heads, GBK, below the limit; once, answered row by row, kept."""

from __future__ import annotations

import csv
import os
import time
from datetime import datetime

import pytest
from openpyxl import Workbook

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import stores, work
from qingshan.bureau.monitor.actions import drop
from qingshan.gateway.doors.inbox import Inbox, Taker
from qingshan.gateway.journal import Journal, Reader

T = datetime(2026, 11, 20, 14)
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, network, clock_at):
    """``folder(toml)`` declares a drop and gives its folder."""
    clock_at(T)
    drop._seen.clear()
    stores._lake.cache_clear()
    stores._reader.cache_clear()

    def make(more: str = "", name: str = "daily"):
        pack = settings.DATA_FOLDER / "packs" / "own" / "drops"
        pack.mkdir(parents=True)
        (pack / f"{name}.toml").write_text(f'name = "{name}"\ntitle = "日报"\nsettle = 1\n{more}', "utf-8")
        packs.clear()
        here = drop.folder(name)
        here.mkdir(parents=True)
        return here

    return make


def put(path, data: bytes):
    path.write_bytes(data)
    os.utime(path, (time.time() - 60,) * 2)
    drop.take_files()  # seen
    return drop.take_files()  # unchanged


def into_the_lake(settings):
    journal = Journal(settings.DATA_FOLDER)
    taker = Taker(Inbox(settings.DATA_FOLDER), journal, every=0.01).start()
    while Inbox(settings.DATA_FOLDER).waiting():
        time.sleep(0.01)
    taker.close()
    journal.close()
    work.take_in()
    return {(r["station"], r["time"]): r for r in stores.lake().hours(stations=["SM", "LQ"]).to_pylist()}


def answers(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


WIDE = "站点,时间,PM2.5（μg/m3）,CO(mg/m3),NO2\n石门站,2026-11-20 13:00,３５,0.6,<2\n柳泉站,2026-11-20 13:00,未检出,0.5,18\n"


def test_a_wide_gbk_file_goes_through_the_journal_to_the_store(settings, folder):
    here = folder('[mapping]\nlimits = { "PM2.5" = 2.0 }\n')
    assert put(here / "日报.csv", WIDE.encode("gbk")) == "收取文件 1 份"
    rows = into_the_lake(settings)
    one, two = rows["SM", datetime(2026, 11, 20, 13)], rows["LQ", datetime(2026, 11, 20, 13)]
    assert (one["PM2.5"], one["CO"], one["NO2"], two["PM2.5"], two["NO2"]) == (35, 0.6, 1.0, 1.0, 18)
    frame = Reader(settings.DATA_FOLDER).frame(1)
    assert (frame.peer, frame.mn, frame.data_time) == ("file:日报.csv", "@SM", "2026-11-20T12:00:00")
    assert "第 2 行 石门站,2026-11-20 13:00,35,0.6,<2" in frame.raw.decode()
    kept, answer = sorted((here / "done").iterdir())
    assert kept.read_bytes() == WIDE.encode("gbk")
    assert [r[0] + r[3] for r in answers(answer)[1:3]] == ["2已收取", "3已收取"]


def test_the_same_file_twice_stores_nothing_new(settings, folder):
    here = folder()
    put(here / "a.csv", WIDE.encode())
    into_the_lake(settings)
    put(here / "b.csv", WIDE.encode())
    into_the_lake(settings)
    assert Reader(settings.DATA_FOLDER).last() == 2
    assert len(list((here / "done").iterdir())) == 4


def test_a_long_file_with_its_mapping_zone_and_start_labels(settings, folder):
    here = folder(
        'zone = "+00:00"\n[mapping]\nheader = 1\nfirst = 2\nlayout = "long"\ntime = "t"\nstation = "s"\nitem = "i"\nvalue = "v"\n'
        'unit = "u"\nhour_label = "start"\nstations = { "stn-7" = "SM" }\n'
    )
    put(here / "a.csv", b"t,s,i,v,u\n2026-11-20 04:00,stn-7,PM2.5,0.0355,mg/m3\n2026-11-20 04:00,stn-7,CO,600,ug/m3\n")
    rows = into_the_lake(settings)  # 04:00 UTC, start = 12:00 Beijing, start = hour ending 13:00
    assert [(k, r["PM2.5"], r["CO"]) for k, r in rows.items()] == [(("SM", datetime(2026, 11, 20, 13)), 35.5, 0.6)]


def test_an_excel_file_with_a_merged_head(settings, folder):
    here = folder()
    book = Workbook()
    sheet = book.active
    sheet.append(["青川区空气站日报"])
    sheet.append(["站点", "日期", "小时", "浓度", None])
    sheet.append([None, None, None, "PM2.5", "PM10"])
    sheet.merge_cells("D2:E2")
    for top in "ABC":
        sheet.merge_cells(f"{top}2:{top}3")
    sheet.append(["石门站", datetime(2026, 11, 20), 12, 31, 44])
    book.save(here / "part.tmp")
    assert put(here / "日报.xlsx", (here / "part.tmp").read_bytes()) == "收取文件 1 份"
    (row,) = into_the_lake(settings).values()
    assert (row["time"], row["PM2.5"], row["PM10"]) == (datetime(2026, 11, 20, 12), 31, 44)


def test_rows_with_a_fault_are_named_and_the_others_stored(settings, folder, clerk, stranger):
    here = folder()
    text = WIDE + "远方站,2026-11-20 13:00,1,1,1\n石门站,2026-11-20 12:00,-5,0.4,很多\n石门站,昨天,1,1,1\n"
    assert put(here / "日报.csv", text.encode()) == "收取文件 0 份，有误 1 份"
    assert len(into_the_lake(settings)) == 3
    answer = next(p for p in (here / "faulty").iterdir() if p.name.endswith(".答复.csv"))
    said = {(r[0], r[1]): r[3] for r in answers(answer)[1:]}
    assert said["2", ""] == "已收取"
    assert said["5", ""] == "其余值已收取"
    assert "没有登记这个站点" in said["4", "站点"]
    assert "不能为负" in said["5", "PM2.5(μg/m3)"]
    assert said["6", "时间"].startswith("本行未收取")
    name = answer.name.removesuffix(".答复.csv")
    with pytest.raises(Exception, match="权限"):
        drop.take_again("daily", name, by=stranger)
    drop.take_again("daily", name, by=clerk)
    assert (here / "日报.csv").read_bytes() == text.encode()
    with pytest.raises(Refused):
        drop.take_again("daily", "../日报.csv", by=clerk)


def test_a_file_that_is_no_table_is_kept_with_the_reason(settings, folder):
    here = folder()
    put(here / "日报.csv", b"%PDF-1.7 ...")
    answer = next(p for p in (here / "faulty").iterdir() if p.name.endswith(".答复.csv"))
    assert "是PDF" in answers(answer)[1][3]


def test_a_file_still_being_written_waits(settings, folder):
    here = folder()
    path = here / "日报.csv"
    path.write_bytes(WIDE.encode()[:50])
    drop.take_files()
    path.write_bytes(WIDE.encode())  # just now: not yet settled
    drop.take_files()
    assert drop.take_files() == ""
    assert path.exists()


def test_killed_between_delivery_and_moving_it_is_taken_once(settings, folder, monkeypatch):
    here = folder()
    with monkeypatch.context() as broken:
        broken.setattr(drop, "_keep", lambda *_: (_ for _ in ()).throw(OSError("断电")))
        with pytest.raises(OSError):
            put(here / "a.csv", WIDE.encode())
    assert drop.take_files() == "收取文件 1 份"
    into_the_lake(settings)
    assert Reader(settings.DATA_FOLDER).last() == 2


@pytest.mark.parametrize("more, words", [
    ('[mapping]\nlayuot = "wide"\n', "layuot"), ('zone = "东八区"\n', "zone"), ('[mapping]\ngrain = "samples"\n', "逐小时"),
])  # fmt: skip
def test_a_faulty_declaration_says_what_is_wrong(folder, more, words):
    folder(more)
    with pytest.raises(packs.PackFaults, match=words):
        packs.all("drops")


def test_the_page_shows_what_waits_and_what_was_set_aside(settings, folder, clerk, town_person, as_, clock_at):
    here = folder()
    put(here / "坏.csv", b"%PDF-1.7")
    inbox = Inbox(settings.DATA_FOLDER)
    inbox.keep_bad("mqtt.raw", b"garbage", "消息不是 JSON")
    inbox.make()
    (inbox.bad / "1-x.jsonl").write_bytes(b"{")
    (settings.DATA_FOLDER / "forward.toml").write_text('[[target]]\nname = "市平台"\nhost = "10.0.0.1"\nport = 9\n', "utf-8")
    (settings.DATA_FOLDER / "mqtt.toml").write_text("")
    client = as_(clerk)
    page = client.get("/doors/").content.decode()
    for words in ("坏.csv", "有误 1", "消息不是 JSON", "市平台", "MQTT 入口没有在运行", "存疑 2"):
        assert words in page, words
    kept = next(p.name for p in (here / "faulty").iterdir() if not p.name.endswith(".csv.答复.csv"))
    answer = client.get("/doors/kept/", {"drop": "daily", "part": "faulty", "name": kept + ".答复.csv"})
    assert "是PDF" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert client.get("/doors/kept/", {"name": "../../forward.toml"}).status_code == 404
    assert client.post("/doors/again/", {"drop": "daily", "name": kept}).status_code == 302
    assert (here / "坏.csv").exists()
    assert client.post("/doors/again/", {"name": "1-x.jsonl"}).status_code == 302
    assert inbox.waiting() == ["1-x.jsonl"]
    assert as_(town_person).get("/doors/").status_code == 403
