"""One round of the worker: frames to hours, hours to AQI and alarms, then what else is due (一轮作业)."""

from __future__ import annotations

from datetime import timedelta

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.duties import duties
from qingshan.bureau.monitor import jobs, standing, stores
from qingshan.bureau.monitor.actions import alarms, console, drop, hours, intake, leads, orders

SETTLE_AFTER = timedelta(days=2)


def take_in() -> int:
    """Everything the journal has, until nothing is new; returns how many readings and hours were worked on."""
    lake, reader = stores.lake(), stores.reader()
    done = intake.reread(reader, lake)
    while taken := intake.step(reader, lake):
        done += taken
        while judged := hours.judge(lake):
            done += judged
    done += hours.build(lake)
    while judged := hours.judge(lake):
        done += judged
    return done


def one_round(stopping=lambda: False) -> int:
    """Intake, then the periodic jobs; all of it recorded as the platform's own doing, by the packs as they stand."""
    packs.refresh()
    with audit.source(None, "worker"):
        return take_in() + jobs.run_due(stopping)


def settle() -> str:
    """Closed days to the cold table; two days stay hot for late and corrected values."""
    n = stores.lake().settle(before=(clock.now() - SETTLE_AFTER).date())
    return f"转存 {n} 行" if n else ""


def sweep() -> str:
    n = hours.sweep_minutes()
    return f"清理分钟值 {n} 条" if n else ""


def watch() -> str:
    """What alarms need besides hours: silence, orders that waited for the morning, receipts that are late, verdicts of closed orders."""
    done = {
        "断线": standing.watch_silence(), "静默后派单": orders.open_waiting(), "升级": orders.escalate(), "定性": alarms.take_verdicts(),
    }  # fmt: skip
    return "，".join(f"{title} {n}" for title, n in done.items() if n and title != "断线")


jobs.register("device_orders", "设备命令", 5, console.attend)
jobs.register("device_profiles", "设备档案告知网关", 3600, console.tell_all)
jobs.register("watch_alarms", "报警值守", 60, watch)
jobs.register("watch_capture", "捕集率", 6 * 3600, standing.watch_capture, after=1)
jobs.register("watch_findings", "质量线索报警", 600, standing.watch_findings)
jobs.register("watch_days", "日均值超限", 1800, standing.watch_days)
jobs.register("screen_quality", "数据质量筛查", 5, leads.screen_some)
jobs.register("take_files", "收取文件夹", 5, drop.take_files)
jobs.register("settle", "往日数据转存", 6 * 3600, settle, after=1)
jobs.register("sweep_minutes", "清理分钟值", 6 * 3600, sweep, after=1)
for duty in map(duties.__getitem__, duties):  # those of the rooms below
    jobs.register(duty.name, duty.title, duty.every, duty.run, duty.after)
