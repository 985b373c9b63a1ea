"""What comes in, what is kept of it and what goes back."""

import asyncio
import logging
import socket
from datetime import timedelta

import pytest
from tests.gateway.conftest import MN

from qingshan import hj212
from qingshan.gateway import devices
from qingshan.gateway.devices import Device
from qingshan.gateway.record import now
from qingshan.gateway.server import Limits


def play(conversation):
    return asyncio.run(conversation())


def test_an_answer_means_that_the_packet_is_on_disk(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            for n in range(20):
                line.send(bench.hour(n))
                (answer,) = await line.hear()
                assert (answer.verdict, answer.cn, answer.mn) == ("ok", "9014", MN)
                assert bench.reader.last() == max(1, n + 1)

    play(conversation)


def test_readings_lead_back_to_the_raw_bytes(bench):
    raw = bench.hour(35.25, flags={"a34004": "D"}, decimals=2)

    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(raw)
            await line.hear()

    play(conversation)
    (reading,) = bench.reader.readings()
    assert reading[3:11] == ("22", "2061", "2026-11-22T08:00:00", "a34004", "Avg", 35.25, "35.25", "D")
    frame = bench.reader.frame(reading.frame)
    assert (frame.raw, frame.mn, frame.verdict, frame.version) == (raw.rstrip(), MN, "ok", 1)
    assert bench.reader._rows("SELECT * FROM reading") == [
        (1, MN, "22", "2061", "2026-11-22T08:00:00", "a34004", "Avg", 35.25, "35.25", "D")
    ]


@pytest.mark.parametrize("text, value", [("35.2", 35.2), ("-0.041", -0.041), ("1e3", 1000.0), ("", None), ("St", None), ("nan", None),
                                         ("1e999", None), ("0x10", None), ("--", None)])  # fmt: skip
def test_a_text_that_is_no_number_stays_a_text(bench, text, value):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(hj212.build("2011", MN, f"DataTime=20261122090000;p99001-Rtd={text}", qn=bench.clock.next()))
            await line.hear()

    play(conversation)
    (reading,) = bench.reader.readings()
    assert (reading.text, reading.value) == (text, value)


def test_the_same_packet_again_is_acknowledged_and_not_stored(bench):
    raw = bench.hour()

    async def conversation():
        for _ in range(2):  # the second time from a new process's point of view: nothing is in memory
            async with bench.gateway() as gateway:
                line = await gateway.dial()
                line.send(raw, raw)
                line.send(bench.hour())  # other QN, same content
                assert [m.cn for m in await line.hear(3)] == ["9014"] * 3

    play(conversation)
    assert len(bench.reader.frames()) == 1
    (link,) = bench.reader.links()
    assert (link.frames, link.repeats) == (1, 5)
    assert bench.reader._rows("SELECT count(*) FROM repeat") == [(5,)]


def test_other_values_for_the_same_time_are_a_new_version(bench):
    first = bench.hour(35.2)

    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            for raw in (first, bench.hour(36.0), bench.hour(36.0), first, bench.hour(35.2)):
                line.send(raw)
                assert len(await line.hear()) == 1

    play(conversation)
    kept = [(f.version, "changed" in f.notes) for f in bench.reader.frames()]
    # the first packet sent once more (same QN) is a late repeat; the same values under a new QN are a correction back
    assert kept == [(1, False), (2, True), (3, True)]
    assert [r.value for r in bench.reader.readings()] == [35.2, 36.0, 35.2]


def test_versions_are_told_apart_within_one_commit(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(*(bench.hour(v) for v in (1, 2, 2, 3)))
            assert len(await line.hear(4)) == 4

    play(conversation)
    assert [f.version for f in bench.reader.frames()] == [1, 2, 3]


def test_sub_packets_of_one_time_are_kept_side_by_side(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            for pno in (1, 2):
                area = f"DataTime=20261122080000;a3400{pno}-Avg=1"
                line.send(hj212.build("2061", MN, area, qn=bench.clock.next(), pnum=2, pno=pno))
            assert len(await line.hear(2)) == 2

    play(conversation)
    assert [(f.pno, f.version) for f in bench.reader.frames()] == [(1, 1), (2, 1)]


def test_a_packet_that_wants_no_answer_gets_none(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            area = "DataTime=20261122080000;a34004-Avg=1"
            line.send(hj212.build("2061", MN, area, qn=bench.clock.next(), reply=False))
            assert await line.hear(within=0.3) == []

    play(conversation)
    assert len(bench.reader.readings()) == 1


def test_heartbeat_and_time_request(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(hj212.build("9015", MN, qn=bench.clock.next(), version="2025"))
            (beat,) = await line.hear()
            assert (beat.cn, beat.flag) == ("9013", 8)
            line.send(hj212.build("1013", MN, "PolId=w01018", qn=bench.clock.next()))
            notice, command = await line.hear(2)
            assert (notice.cn, command.cn, command.params["PolId"]) == ("9013", "1012", "w01018")
            assert abs(hj212.moment(command.params["SystemTime"]) - now()) < timedelta(seconds=10)
            line.send(hj212.answer(command, "9011", "QnRtn=1"), hj212.answer(command, "9012", "ExeRtn=1"))
            assert await line.hear(within=0.3) == []

    play(conversation)
    assert [f.cn for f in bench.reader.frames()] == ["9015", "1013", "9011", "9012"]


def test_a_spoiled_packet_is_kept_and_not_answered(bench):
    spoiled = bench.hour(35.2).replace(b"35.2", b"35.3")

    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(spoiled)
            assert await line.hear(within=0.3) == []
            line.send(bench.hour(35.2))
            assert len(await line.hear()) == 1

    play(conversation)
    assert [(f.verdict, f.raw == spoiled.rstrip()) for f in bench.reader.frames()] == [("bad_crc", True), ("ok", False)]
    assert [r.frame for r in bench.reader.readings()] == [2]


def modbus_packet(bench) -> bytes:
    raw = bench.hour(12.0).rstrip()
    return raw[:-4] + b"%04X" % hj212.crc.modbus(raw[6:-4])


@pytest.mark.parametrize("accepts", [True, False])
def test_modbus_check_codes_are_taken_or_refused_by_policy(bench, accepts):
    async def conversation():
        async with bench.gateway(lambda mn, peer: Device(mn, accepts_modbus=accepts)) as gateway:
            line = await gateway.dial()
            line.send(modbus_packet(bench))
            assert len(await line.hear(within=0.5)) == int(accepts)

    play(conversation)
    (frame,) = bench.reader.frames()
    assert (frame.verdict, "modbus" in frame.notes, len(bench.reader.readings())) == ("modbus_crc", accepts, int(accepts))


def test_an_unknown_device_is_recorded_and_not_served(bench):
    async def conversation():
        async with bench.gateway(lambda mn, peer: Device(mn) if mn == MN else None) as gateway:
            line = await gateway.dial()
            stranger = bench.hour(mn="X" * 24)
            line.send(stranger, stranger)
            assert await line.hear(within=0.3) == []
            line.send(bench.hour())
            assert len(await line.hear()) == 1
        async with bench.gateway() as gateway:  # admitted since: the same packet is now taken
            line = await gateway.dial()
            line.send(stranger)
            assert len(await line.hear()) == 1

    play(conversation)
    assert [(f.verdict, f.mn[0]) for f in bench.reader.frames()] == [("unknown_device", "X"), ("ok", "0"), ("ok", "X")]
    assert {r.mn[0] for r in bench.reader.readings()} == {"0", "X"}


def test_password_clock_and_back_fill_are_noted(bench):
    present = now().replace(microsecond=0, second=0, minute=0)
    notes = {}

    async def conversation():
        async with bench.gateway(lambda mn, peer: Device(mn, password="654321")) as gateway:
            line = await gateway.dial()
            for name, raw in {
                "right": bench.hour(1, present - timedelta(hours=2), pw="654321", qn=hj212.stamp(now())),
                "password": bench.hour(1, present - timedelta(hours=3), qn=hj212.stamp(now())),
                "clock": bench.hour(1, present - timedelta(hours=4), pw="654321", qn=hj212.stamp(now() - timedelta(days=900))),
                "future": bench.hour(1, present + timedelta(hours=4), pw="654321", qn=hj212.stamp(now())),
                "late": bench.hour(1, present - timedelta(days=3), pw="654321", qn=hj212.stamp(now())),
                "backfill,late": bench.hour(1, present - timedelta(days=4), pw="654321", qn=hj212.stamp(now()), version="2025", rf=True),
            }.items():
                line.send(raw)
                assert len(await line.hear()) == 1
                notes[name] = bench.reader.recent(1)[0].notes

    play(conversation)
    assert notes == {name: "" if name == "right" else name for name in notes}


def test_encrypted_data_with_the_current_and_the_previous_key(bench):
    old, new = b"o" * 16, b"n" * 16

    async def conversation():
        async with bench.gateway(lambda mn, peer: Device(mn, keys=(new, old))) as gateway:
            line = await gateway.dial()
            line.send(
                bench.hour(1, version="2025", key=new), bench.hour(2, version="2025", key=old), bench.hour(3, version="2025", key=b"x" * 16)
            )
            assert len(await line.hear(3, within=0.5)) == 2

    play(conversation)
    assert [f.verdict for f in bench.reader.frames()] == ["ok", "ok", "sealed"]
    assert bench.reader.frame(1).notes.startswith("decrypted")
    assert bench.reader.frame(2).notes.startswith("previous_key")
    assert b"a34004" not in bench.reader.frame(1).raw
    assert [r.value for r in bench.reader.readings()] == [1.0, 2.0]


def test_the_rest_of_a_torn_packet_that_never_comes(bench):
    async def conversation():
        async with bench.gateway(limits=Limits(torn_s=0.2)) as gateway:
            line = await gateway.dial()
            line.send(bench.hour()[:60])
            await asyncio.sleep(0.8)
            assert [f.verdict for f in bench.reader.frames()] == ["torn"]
            line.send(bench.hour())
            assert len(await line.hear()) == 1
            line.send(bench.hour()[:60])
            line.writer.close()
            await asyncio.sleep(0.2)

    play(conversation)
    assert [f.verdict for f in bench.reader.frames()] == ["torn", "ok", "torn"]


def test_an_http_probe_costs_nothing_and_the_link_goes_on(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(b"GET / HTTP/1.1\r\nHost: example.invalid\r\n\r\n")
            line.send(bench.hour())
            assert len(await line.hear()) == 1

    play(conversation)
    assert [f.verdict for f in bench.reader.frames()] == ["noise", "ok"]


@pytest.mark.parametrize(
    "filth", [b"\x00\xfe" * 512, b"##9999A" + b"x" * 1017, b"##0012QN=1&&ABCD\r\n" * 60], ids=["bytes", "length", "bad"]
)
def test_ten_megabytes_of_garbage_are_cut_off(bench, filth):
    async def conversation():
        async with bench.gateway() as gateway:
            line, other = await gateway.dial(), await gateway.dial()
            try:
                for _ in range(10 * 1024 * 1024 // len(filth)):
                    line.send(filth)
                    await line.writer.drain()
            except ConnectionError:
                pass
            assert await line.is_hung_up()
            other.send(bench.hour())
            assert len(await other.hear()) == 1

    play(conversation)
    assert sum(len(f.raw) for f in bench.reader.frames(limit=100_000)) < 5_000_000
    assert [f.verdict for f in bench.reader.recent(1)] == ["ok"]


def test_links_are_capped_and_silent_ones_closed(bench, caplog):
    async def conversation():
        async with bench.gateway(limits=Limits(links=2, idle_s=0.4)) as gateway:
            first, _second, third = await gateway.dial(), await gateway.dial(), await gateway.dial()
            assert await third.is_hung_up(2)
            assert await first.is_hung_up(3)

    with caplog.at_level(logging.WARNING, "qingshan.gateway"):
        play(conversation)
    assert "连接已满" in caplog.text


def test_a_device_that_never_reads_its_answers_does_not_fill_the_memory(bench):
    async def conversation():
        async with bench.gateway(limits=Limits(waiting=50)) as gateway:
            deaf = socket.create_connection(("127.0.0.1", gateway.port))
            deaf.setblocking(False)
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw = b"".join(hj212.build("9015", MN, qn=bench.clock.next()) for _ in range(200))
            loop, sent = asyncio.get_running_loop(), 0
            try:
                async with asyncio.timeout(3):
                    while sent < 60_000_000:
                        await loop.sock_sendall(deaf, raw)
                        sent += len(raw)
            except TimeoutError:
                pass
            assert sent < 60_000_000
            line = await gateway.dial()
            line.send(bench.hour())
            assert len(await line.hear()) == 1
            deaf.close()

    play(conversation)


def test_a_full_disk_is_not_answered_and_recovers(bench, caplog):
    async def conversation():
        async with bench.gateway() as gateway:
            line = await gateway.dial()
            line.send(bench.hour(1))
            assert len(await line.hear()) == 1
            writer = gateway.journal._connection
            pages = writer.execute("PRAGMA page_count").fetchone()[0]
            writer.execute(f"PRAGMA max_page_count={pages + 1}")
            flood = [
                hj212.build("2061", MN, f"DataTime=2026112010{n:02d}00;a34004-Avg={'1' * 800}", qn=bench.clock.next()) for n in range(60)
            ]
            line.send(*flood)
            assert await line.hear(within=1.0) == []
            assert len(bench.reader.frames()) == 1
            writer.execute("PRAGMA max_page_count=1000000")
            line.send(*flood)
            assert len(await line.hear(60)) == 60

    with caplog.at_level(logging.ERROR, "qingshan.gateway"):
        play(conversation)
    assert "磁盘已满" in caplog.text
    assert len(bench.reader.frames()) == 61
    assert bench.reader.verify().is_whole


def test_a_register_of_devices_is_read_again_and_its_faults_are_told(tmp_path):
    path = tmp_path / "devices.toml"
    path.write_text(f'[[device]]\nmn = "{MN}"\npassword = "123456"\nkey = "{"30" * 16}"\nmodbus = false\n', encoding="utf-8")
    register = devices.Register(path)
    assert register(MN, "") == Device(MN, "123456", (b"0" * 16,), False)
    assert register("other", "") is None
    faults = {"mm='1'": "mn", "mn='1'\ncolour='red'": "colour", "mn='1'\nkey='30'": "16 字节", "=": "读不懂"}
    for text, words in faults.items():
        path.write_text(f"[[device]]\n{text}", encoding="utf-8")
        with pytest.raises(devices.DeviceError, match=words):
            register.read()
        assert len(register) == 1
    path.write_text("open = true", encoding="utf-8")
    register.read()
    assert register("other", "") == Device("other")
