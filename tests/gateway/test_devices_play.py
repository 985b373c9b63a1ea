"""Simulated devices against the real commands, and the sender that other programs use."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from tests.gateway.conftest import MN

from qingshan import hj212
from qingshan.cli.main import main
from qingshan.gateway.air import CODES, Air
from qingshan.gateway.journal import Reader
from qingshan.gateway.simulator import Clock, NotAcknowledged, Station, hour_record, send


def test_an_hour_record_says_what_it_was_given():
    start = datetime(2026, 11, 22, 8)
    values = {"a34004": 35.0, "a21005": 0.8, "a05024": None}
    message = hj212.parse(hour_record(MN, start, values, qn="20261122090000000", flags={"a21005": "D"}))
    assert (message.verdict, message.cn, message.st, message.data_time) == ("ok", "2061", "22", start)
    assert message.items == {"a34004": {"Avg": "35", "Flag": "N"}, "a21005": {"Avg": "0.8", "Flag": "D"}}


def test_qns_never_repeat():
    clock = Clock(datetime(2026, 11, 22))
    qns = (
        [clock.next() for _ in range(1500)] + [clock.next(datetime(2026, 11, 22)) for _ in range(10)] + [clock.next(datetime(2026, 11, 23))]
    )
    assert qns == sorted(set(qns))
    assert qns[-1] == "20261123000000000"


def test_frames_are_sent_and_counted(bench):
    hours = [hour_record(MN, datetime(2026, 1, 1) + timedelta(hours=n), {"a34004": n}, qn=bench.clock.next()) for n in range(300)]

    async def conversation():
        async with bench.gateway() as gateway:
            return await send("127.0.0.1", gateway.port, MN, hours, window=20)

    assert asyncio.run(conversation()) == 300
    assert [r.value for r in bench.reader.readings()] == [float(n) for n in range(300)]


def test_a_lost_answer_is_asked_for_again_as_often_as_the_standard_says(bench):
    heard = []

    async def conversation():
        async def deaf(stream, writer):
            framer = hj212.Framer()
            while data := await stream.read(4096):
                heard.extend(framer.feed(data))
                if len(heard) == 3:
                    writer.write(hj212.acknowledge(hj212.parse(heard[-1])))

        server = await asyncio.start_server(deaf, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Station("127.0.0.1", port, MN, timeout_s=0.1) as station:
            assert await station.upload([bench.hour(1)]) == 1
            assert station.resent == 2
            with pytest.raises(NotAcknowledged, match="已发 4 次") as refused:
                await station.upload([bench.hour(2)])
            assert refused.value.acknowledged == 0
        server.close()

    asyncio.run(conversation())
    assert len(heard) == 7


@pytest.fixture
def gateway(tmp_path):
    process = subprocess.Popen([sys.executable, "-m", "qingshan.cli.main", "gateway", "--data", str(tmp_path), "--port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    told = process.stdout.readline()
    assert "ready" in told
    yield process, int(re.search(r"127\.0\.0\.1:(\d+)", told)[1]), tmp_path
    process.kill()
    process.communicate()


def test_a_hundred_devices_with_faults_lose_nothing(gateway, capsys):
    process, port, folder = gateway
    assert main(["simulate", "--port", str(port), "--devices", "100", "--interval", "0", "--count", "20", "--faults", "--seed", "7"]) == 0
    assert re.search(r"100 台设备：已应答 \d+ 个报文，未应答 0 个", capsys.readouterr().out)
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    reader = Reader(folder)
    real_time = reader._rows("SELECT mn, data_time, count(*) FROM frame WHERE verdict='ok' AND cn='2011' GROUP BY mn, data_time")
    assert len(real_time) == 2000
    assert {count for *_, count in real_time} == {1}
    assert reader._rows("SELECT count(DISTINCT mn) FROM frame WHERE verdict='ok' AND cn='2061'") == [(100,)]
    assert {code for (code,) in reader._rows("SELECT DISTINCT item_code FROM reading")} >= set(CODES.values())
    assert reader.verify().is_whole


def test_the_same_seed_plays_the_same_air():
    hours = [datetime(2026, 11, 22, n) for n in range(24)]
    first, again, other = ([air.at(hour) for hour in hours] for air in (Air(9), Air(9), Air(10)))
    assert first == again != other
    assert all(0 < sample["a34004"] < sample["a34002"] for sample in first)


def test_a_second_gateway_on_the_same_data_is_refused(gateway, capsys):
    _, _, folder = gateway
    assert main(["gateway", "--data", str(folder), "--port", "0"]) == 1
    assert "已有一个网关在运行" in capsys.readouterr().err


def test_a_port_in_use_is_told_in_one_line(gateway, tmp_path_factory, capsys):
    _, port, _ = gateway
    assert main(["gateway", "--data", str(tmp_path_factory.mktemp("other")), "--port", str(port)]) == 1
    assert "端口被占用时换 --port" in capsys.readouterr().err


def test_nobody_listens(capsys):
    assert main(["simulate", "--port", "9", "--count", "1", "--interval", "0"]) == 1
    assert "未应答 2 个" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="没有 SIGINT 可发")
def test_ctrl_c_stops_the_gateway_cleanly(gateway):
    process, _, _ = gateway
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "已停止" in out
    assert "Traceback" not in err
