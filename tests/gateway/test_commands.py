"""Commands to a device, end to end over TCP: asked in the bureau's file, carried out by a simulated logger, told in the gateway's file."""

import asyncio
import json
import os
import stat
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.gateway.conftest import MN

from qingshan import hj212
from qingshan.gateway import commands, desk, notebook
from qingshan.gateway.commands import KINDS, BadOrder
from qingshan.gateway.desk import Desk
from qingshan.gateway.keyring import KeyLost, Keyring
from qingshan.gateway.notebook import DeskReader, Order, Profile
from qingshan.gateway.obedience import Logger
from qingshan.gateway.record import now
from qingshan.gateway.simulator import Station, record

KEY = b"0123456789abcdef"


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(desk, "TICK_S", 0.02)
    monkeypatch.setattr(desk, "FLUSH_S", 0.05)


def order(
    kind: str, number: str = "1", mn: str = MN, timeout_s=5.0, retries=3, wait_s=5.0, secret=None, folder=None, expires_s=60, **params
):
    sealed = Keyring(folder).seal(json.dumps(secret).encode(), mn) if secret else None
    at = now()
    said = json.dumps(commands.checked(KINDS[kind], params) if not KINDS[kind].is_inner else {})
    expires = (at + timedelta(seconds=expires_s)).isoformat(timespec="seconds")
    return Order(number, mn, kind, said, sealed, at.isoformat(), expires, timeout_s, retries, wait_s)


class Floor:
    """A gateway with its desk on a folder, and the device's link."""

    def __init__(self, folder, gateway, keeper) -> None:
        self.folder, self.gateway, self.keeper = folder, gateway, keeper

    @asynccontextmanager
    async def device(self, logger: Logger, clock):
        async with Station("127.0.0.1", self.gateway.port, MN, obey=logger.answer, keys=lambda: logger.keys) as station:
            key = logger.keys[0] if logger.keys else None
            station.write(record(MN, now(), {"a34004": 1}, qn=clock.next(), cn="2011", pw=logger.pw, version=logger.version, key=key))
            yield station

    def ask(self, *orders: Order) -> None:
        notebook.tell(self.folder, orders=orders)

    async def outcome(self, number: str = "1", within: float = 5.0, states=commands.ENDED):
        async with asyncio.timeout(within):
            while True:
                found = DeskReader(self.folder).progress([number]).get(number)
                if found and found.state in states:
                    return found
                await asyncio.sleep(0.02)


@asynccontextmanager
async def floor(bench):
    keeper = Desk(bench.folder)
    async with bench.gateway(keeper) as gateway:
        gateway.listener = keeper
        task = asyncio.create_task(keeper.run())
        try:
            yield Floor(bench.folder, gateway, keeper)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            keeper.close()


def play(bench, logger: Logger, *orders: Order):
    """The outcomes of orders to one connected device, in order."""

    async def conversation():
        async with floor(bench) as here, here.device(logger, bench.clock):
            here.ask(*orders)
            return [await here.outcome(o.id) for o in orders]

    return asyncio.run(conversation())


@pytest.mark.parametrize(
    ("kind", "params", "words", "data"),
    [
        ("get_time", {}, "执行成功；收到数据 1 包", {"SystemTime": "20261122090000"}),
        ("get_rtd", {}, "执行成功；收到数据 1 包", {"RtdInterval": "30"}),
        ("get_minute", {}, "执行成功；收到数据 1 包", {"MinInterval": "10"}),
        ("retain", {}, "执行成功；收到数据 1 包，11-22 09:00—11-22 09:00", {"VaseNo": "3"}),
        ("identify", {}, "执行成功；收到数据 1 包", {"w01018-SN": "SIM0212"}),
        ("sample", {"PolId": "w01018"}, "执行成功", {}),
        ("calibrate", {"PolId": "w01018"}, "执行成功", {}),
        ("compare", {"PolId": "w01018"}, "执行成功", {}),
        ("check", {"PolId": "w01018"}, "执行成功", {}),
        ("retain_now", {}, "执行成功", {}),
        ("state_on", {}, "执行成功；收到数据 1 包，11-22 09:00—11-22 09:00", {"SB1-RS": "1"}),
        ("state_off", {}, "设备已收到通知", {}),
        ("get_period", {"PolId": "w01018"}, "执行成功；收到数据 1 包", {"PolId": "w01018", "CstartTime": "000000", "Ctime": "4"}),
        ("get_lag", {"PolId": "w01018"}, "执行成功；收到数据 1 包", {"PolId": "w01018", "Stime": "30"}),
        ("get_info", {"InfoId": "i12001"}, "执行成功；收到数据 1 包，11-22 08:00—11-22 08:00", {"i12001-Info": "0"}),
        ("real_off", {}, "设备已收到通知", {}),
    ],
)
def test_a_device_carries_a_command_out(bench, kind, params, words, data):
    (done,) = play(bench, Logger(MN), order(kind, **params))
    assert (done.state, done.words, done.data) == ("done", words, data)
    assert done.trail[0][1] == f"下发 {KINDS[kind].cn}"


def test_settings_reach_the_device_in_the_order_asked(bench):
    logger = Logger(MN)
    asked = (
        order("set_rtd", "1", RtdInterval="60"), order("set_minute", "2", MinInterval="5"),
        order("set_timeout", "3", OverTime="20", ReCount="5"), order("set_time", "4"),
    )  # fmt: skip
    assert [o.state for o in play(bench, logger, *asked)] == ["done"] * 4
    assert (logger.rtd, logger.minutes, logger.over, logger.count) == (60, 5, 20, 5)
    assert abs(hj212.moment(logger.clock.next()) - now()) < timedelta(seconds=5)
    assert [m.cn for m in logger.heard] == ["1062", "1064", "1000", "1012"]  # one at a time


def test_sampling_period_parameters_and_log_of_an_instrument(bench):
    logger = Logger(MN)
    period, value, told, log = play(
        bench, logger, order("set_period", "1", PolId="w01018", CstartTime="08:00", Ctime="2"),
        order("set_info", "2", PolId="w01018", InfoId="i13004", Info="168.0"), order("get_info", "3", PolId="w01018", InfoId="i13004"),
        order("get_log", "4", PolId="w01018", BeginTime="2026-11-22", EndTime="2026-11-22 09:00"),
    )  # fmt: skip
    assert {o.state for o in (period, value, told, log)} == {"done"}
    assert logger.period == ("080000", "2")
    assert told.data == {"i13004-Info": "168.0"}
    assert log.data["i11001-Info"] == "//开机；自检//"
    assert [text for key, text in log.data.items() if "Info" in key] == ["//开机；自检//", "//更换试剂//"]
    areas = [hj212.parse(hj212.build(m.cn, m.mn, m.cp, qn=m.qn, pw=m.pw)).cp for m in logger.heard]
    assert areas == [
        "PolId=w01018;CstartTime=080000;Ctime=2", "PolId=w01018;InfoId=i13004;i13004-Info=168.0", "PolId=w01018;InfoId=i13004",
        "PolId=w01018;InfoId=i11001;BeginTime=20261122000000;EndTime=20261122090000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("set_period", {"PolId": "w01018", "CstartTime": "25:00", "Ctime": "2"}, "读不懂"),
        ("set_period", {"PolId": "w01018", "CstartTime": "08:00", "Ctime": "25"}, "1—24"),
        ("set_info", {"PolId": "w01018", "InfoId": "13004", "Info": "1"}, "i 和五位数字"),
        ("set_info", {"PolId": "w01018", "InfoId": "i13004", "Info": "1;CN=1"}, "只能用"),
        ("compare", {}, "请填写因子编码"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_before_it_goes_out(kind, params, words):
    with pytest.raises(BadOrder, match=words):
        commands.checked(KINDS[kind], params)


def test_history_that_was_asked_for_lands_in_the_journal(bench):
    (done,) = play(bench, Logger(MN), order("fill_hour", BeginTime="2026-11-21 00:00", EndTime="2026-11-21 23:00"))
    assert (done.state, done.frames) == ("done", 24)
    assert done.words == "执行成功；收到数据 24 包，11-21 00:00—11-21 23:00"
    assert len({r.data_time for r in bench.reader.readings() if r.cn == "2061"}) == 24


@pytest.mark.parametrize(
    ("manner", "state", "words"),
    [
        ("refuses", "refused", "请求被拒绝"),
        ("fails", "failed", "执行条件不具备，不能执行"),
        ("silent", "silent", "下发 3 次，每次等 0.1 秒，设备都没有应答"),
        ("forgets", "unfinished", "设备受理后 0.2 秒没有报结果"),
        ("deaf once", "done", "执行成功"),
    ],
)
def test_a_device_that_does_not_obey_is_told_in_words(bench, manner, state, words):
    (done,) = play(bench, Logger(MN, manner), order("sample", timeout_s=0.1, retries=2, wait_s=0.2))
    assert (done.state, done.words) == (state, words)


def test_a_request_sent_again_keeps_its_number(bench):
    logger = Logger(MN, "silent")
    play(bench, logger, order("sample", timeout_s=0.05, retries=2))
    assert len(logger.heard) == 3
    assert len({m.qn for m in logger.heard}) == 1


def test_a_wrong_password_is_answered_in_words(bench):
    notebook.tell(bench.folder, [Profile(MN, "{}", Keyring(bench.folder).seal(b"654321", MN))])
    (done,) = play(bench, Logger(MN), order("sample"))
    assert (done.state, done.words) == ("refused", "访问密码错误")


def test_a_command_waits_for_the_device_then_expires_or_is_taken_back(bench):
    async def conversation():
        async with floor(bench) as here:
            here.ask(order("sample", "late", expires_s=1), order("sample", "back"), order("get_rtd", "waits"))
            notebook.tell(bench.folder, cancelled=["back"])
            late, back = await here.outcome("late"), await here.outcome("back")
            async with here.device(Logger(MN), bench.clock):
                waited = await here.outcome("waits")
        return late, back, waited

    late, back, waited = asyncio.run(conversation())
    assert (late.state, late.words) == ("expired", "设备一直没有上线")
    assert (back.state, back.words) == ("cancelled", "下发前撤回")
    assert waited.state == "done"


def test_a_link_that_breaks_before_the_answer_is_tried_on_the_next_with_the_same_number(bench):
    deaf, good = Logger(MN, "silent"), Logger(MN)

    async def conversation():
        async with floor(bench) as here:
            here.ask(order("get_rtd"))
            async with here.device(deaf, bench.clock):
                while not deaf.heard:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
            async with here.device(good, bench.clock):
                return await here.outcome()

    done = asyncio.run(conversation())
    assert done.state == "done"
    assert good.heard[0].qn == deaf.heard[0].qn
    assert "连接断开，等待设备再上线" in [words for _, words in done.trail]


def test_a_gateway_that_stopped_says_that_the_outcome_is_unknown_and_repeats_nothing(bench):
    logger = Logger(MN, "forgets")

    async def first():
        async with floor(bench) as here, here.device(logger, bench.clock):
            here.ask(order("calibrate", PolId="w01018"))
            await here.outcome(states={"accepted"})

    async def second():
        async with floor(bench) as here, here.device(Logger(MN), bench.clock):
            return await here.outcome()

    asyncio.run(first())
    done = asyncio.run(second())
    assert done.state == "interrupted"
    assert len(logger.heard) == 1


def test_a_new_key_is_agreed_in_cipher_and_the_old_one_still_opens(bench):
    logger = Logger(MN, version="2025", key=KEY)
    folder = bench.folder
    install = order("install_key", "0", secret={"key": KEY.hex(), "created": "20260901000000"}, folder=folder)

    async def conversation():
        async with floor(bench) as here:
            here.ask(install)
            await here.outcome("0")
            async with here.device(logger, bench.clock) as station:
                here.ask(order("new_key", "1"))
                done = await here.outcome("1")
                for key in (logger.keys[0], KEY):
                    await station.upload([bench.hour(qn=None, key=key, version="2025")])
                return done

    done = asyncio.run(conversation())
    assert done.state == "done"
    assert logger.keys[0] != KEY
    keys = {k.slot: k for k in DeskReader(folder).sm4_keys(MN)}
    assert set(keys) == {"current", "previous"}
    assert Keyring(folder).open(keys["current"].sealed, MN) == logger.keys[0]
    assert [f.verdict for f in bench.reader.frames() if f.cn == "2061"] == ["ok"]  # the second is the same content: a repeat
    stored = b"".join(p.read_bytes() for p in folder.iterdir() if p.name.startswith(("desk", "orders", "journal")))
    assert logger.keys[0] not in stored
    assert KEY not in stored
    assert KEY.hex().encode() not in stored
    assert stat.S_IMODE(os.stat(folder / "devices.key").st_mode) == 0o600


def test_a_device_that_took_the_key_and_whose_answer_was_lost_is_not_locked_out(bench):
    logger = Logger(MN, version="2025", key=KEY)
    folder = bench.folder

    def takes_it_and_says_nothing(message):
        logger.answer(message)
        return []

    async def conversation():
        async with floor(bench) as here:
            here.ask(order("install_key", "0", secret={"key": KEY.hex()}, folder=folder))
            await here.outcome("0")
            async with Station("127.0.0.1", here.gateway.port, MN, obey=takes_it_and_says_nothing, keys=lambda: logger.keys) as station:
                await station.upload([bench.hour(key=KEY, version="2025")])
                here.ask(order("new_key", "1", timeout_s=0.1, retries=0))
                assert (await here.outcome("1")).state == "silent"
        async with floor(bench) as here, Station("127.0.0.1", here.gateway.port, MN) as station:  # and the gateway starts anew
            await station.upload([bench.hour(36, key=logger.keys[0], version="2025")])

    asyncio.run(conversation())
    keys = {k.slot: Keyring(folder).open(k.sealed, MN) for k in DeskReader(folder).sm4_keys(MN)}
    assert keys == {"current": logger.keys[0], "previous": KEY}


def test_a_device_may_ask_for_a_new_key_itself(bench):
    logger = Logger(MN, version="2025", key=KEY)

    async def conversation():
        async with floor(bench) as here:
            here.ask(order("install_key", "0", secret={"key": KEY.hex()}, folder=bench.folder))
            await here.outcome("0")
            async with here.device(logger, bench.clock) as station:
                asks = hj212.build("1014", MN, "SKCreateTime=20260801000000", qn=bench.clock.next(), version="2025", key=KEY)
                await station.upload([asks])  # answered 9013
                async with asyncio.timeout(5):
                    while len(DeskReader(bench.folder).sm4_keys(MN)) < 2 or logger.keys[0] == KEY:
                        await asyncio.sleep(0.02)

    asyncio.run(conversation())
    keys = {k.slot: Keyring(bench.folder).open(k.sealed, MN) for k in DeskReader(bench.folder).sm4_keys(MN)}
    assert keys["previous"] == KEY


def test_no_key_is_ever_sent_in_clear(bench):
    logger = Logger(MN)
    (done,) = play(bench, logger, order("new_key"))
    assert (done.state, done.words) == ("faulty", "没有现用密钥，新密钥不能明文下发；请先录入")
    assert logger.heard == []


def test_a_secret_sealed_under_another_key_says_so(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    sealed = Keyring(tmp_path / "a").seal(b"x", MN)
    with pytest.raises(KeyLost, match="不是当初的那一个"):
        Keyring(tmp_path / "b").open(sealed, MN)
    with pytest.raises(KeyLost):
        Keyring(tmp_path / "a").open(sealed, "another device")


def test_onboarding_heartbeat_and_clock_are_written_down(bench):
    async def conversation():
        async with floor(bench) as here, here.device(Logger(MN, version="2025"), bench.clock) as station:
            area = "i23005-Info=QS-1,i23006-Info=CPU9"
            await station.upload([
                hj212.build("1001", MN, area, qn=bench.clock.next(), version="2025"),
                hj212.build("9015", MN, qn=hj212.stamp(now() - timedelta(seconds=90)), version="2025"),
            ])  # fmt: skip
            here.ask(order("set_mn", MN="010000A8900016F000169DC1"))
            return await here.outcome()

    done = asyncio.run(conversation())
    seen = DeskReader(bench.folder).device(MN)
    assert done.state == "done"
    assert seen["hardware"] == {"i23005-Info": "QS-1", "i23006-Info": "CPU9"}
    assert seen["beat_at"]
    assert -95 < seen["clock_s"] < -85
    assert seen["versions"]["2025"] >= 2


def test_dialects_are_counted_with_an_example_and_their_changes_kept(bench):
    def odd(n):
        return hj212.build("2061", MN, f"DataTime=202611210{n}0000;a34004-Avg=1", qn=bench.clock.next())

    async def conversation():
        async with floor(bench) as here, Station("127.0.0.1", here.gateway.port, MN) as station:
            await station.upload([odd(n) for n in range(9)])

    asyncio.run(conversation())
    reader = DeskReader(bench.folder)
    (sign,) = reader.signs(MN)
    assert (sign.sign, sign.count, sign.example.rstrip()) == ("no_item_flag", 9, bench.reader.frames()[-1].raw)
    assert [(s, w) for _, s, w in reader.changes(MN)] == [("no_item_flag", "begins")]
    assert reader.device(MN)["spoken"] == ["no_item_flag"]
    assert reader.device(MN)["code"] == "annex"


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("set_rtd", {"RtdInterval": "29"}, "30—3600"),
        ("set_rtd", {"RtdInterval": "3601"}, "30—3600"),
        ("set_minute", {"MinInterval": "7"}, "只能是"),
        ("set_timeout", {"OverTime": "0", "ReCount": "3"}, "1—99"),
        ("fill_hour", {"BeginTime": "2026-11-22 08:00", "EndTime": "2026-11-21 08:00"}, "早于"),
        ("fill_hour", {"BeginTime": "昨天", "EndTime": "2026-11-21"}, "读不懂"),
        ("sample", {"PolId": "w01018;CN=1072"}, "只能用字母"),
        ("set_password", {"NewPW": "12345"}, "6 位"),
        ("set_mn", {"MN": "abc"}, "24 位"),
        ("set_rtd", {}, "请填写"),
        ("get_time", {"X": "1"}, "没有参数"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_words(kind, params, words):
    with pytest.raises(BadOrder, match=words):
        commands.checked(KINDS[kind], params)
