"""What has been done in the district so far, told through the same actions people use, each at its own moment."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from PIL import Image, ImageDraw

from qingshan.bureau.base import audit
from qingshan.bureau.base.models import Person
from qingshan.bureau.bulletins import actions as bulletins
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.indicators import actions as rankings
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.ledger import actions as ledger
from qingshan.bureau.ledger.models import Finding, Task
from qingshan.bureau.monitor.actions import alarms
from qingshan.bureau.sites.models import Station
from qingshan.demo import appraisal, meetings, pack, returns, structure
from qingshan.demo.moments import at, person
from qingshan.lake import Lake
from qingshan.terms import items

HOUR = timedelta(hours=1)


def tell(lake: Lake, opened: datetime) -> None:
    """Plan read and accepted, returns sent, orders in several states, last month's bulletin issued."""
    year = opened.year
    read_plan(year, opened)
    structure.carry_last_year(year, opened)
    structure.arrange(year, opened)
    tell_progress(opened)
    told = [handle_to_the_end, handle_and_report, handle_half]
    past = sorted((e for e in pack.district()["episode"] if e["ago"]), key=lambda e: -e["ago"])
    for episode, handle in zip(past, told, strict=True):
        raise_alarm(lake, episode, opened)
        handle(opened - episode["ago"] * HOUR)
    fill_schemes(opened)
    issue_bulletin(opened)
    issue_progress(opened)
    meetings.tell(opened)


def read_plan(year: int, opened: datetime) -> None:
    """The plan uploaded in February; all but the doubtful accepted, one target left for the visitor to review."""
    moment = min(datetime(year, 2, 13, 10, 20), opened - 2 * HOUR)
    with person("duban", moment) as by:
        upload = SimpleUploadedFile(f"青川区{year}年生态环境保护工作要点.txt", pack.plan(year))
        plan, _ = ledger.upload_plan(upload, by=by, year=year)
        waiting = plan.findings.filter(kind__in=(Finding.Kind.TARGET, Finding.Kind.TASK), state=Finding.State.PENDING).order_by("start")
        for finding in waiting:
            if not finding.read.get("masked"):
                ledger.accept_finding(finding.pk, by=by)
        ledger.enter_ledger(plan.pk, by=by)


def tell_progress(opened: datetime) -> None:
    """The units' returns of the year, before and along with the monthly returns."""
    by_day: dict[date, list[dict]] = {}
    for row in pack.district()["progress"]:
        by_day.setdefault(date(opened.year, *map(int, row["on"].split("-"))), []).append(row)
    first = returns.first_day(opened)

    def happens(day: date) -> None:
        for row in by_day.get(day, ()):
            report(row, opened.year, opened)

    for day in sorted(by_day):
        if day < first:
            happens(day)
    returns.tell(opened, happens)


def report(row: dict, year: int, opened: datetime) -> None:
    """One unit's return on one task, and what the office then did with it; what lies ahead of the opening does not happen."""
    day = date(year, *map(int, row["on"].split("-")))
    if day >= opened.date():
        return
    task = Task.objects.filter(Q(title__contains=row["task"]), year=year, kind=Task.Kind.TASK).first()
    if task is None:
        raise LookupError(f"演示计划里没有任务“{row['task']}”；已有：{'、'.join(Task.objects.values_list('title', flat=True))}")
    with person(row["by"], datetime.combine(day, time(16, 5))) as by:
        files = [photo(f"{row['task']}-{row['on']}", row["task"])] if row.get("photo") else []
        ledger.return_task(task.pk, by=by, words=row["words"], value=row.get("value"), done=row.get("done", False), files=files)
    if "verified" in row:
        with person("duban", datetime.combine(day + timedelta(days=3), time(10, 0))) as by:
            ledger.verify_task(task.pk, by=by, value=row["verified"], basis=row["basis"])
    if "closed" in row:
        with person("duban", datetime(year, *map(int, row["closed"].split("-")), 9, 30)) as by:
            ledger.close_task(task.pk, by=by, basis=f"现场核查单 {year}-{task.number}")


def raise_alarm(lake: Lake, episode: dict, opened: datetime) -> None:
    """Hold the hours of a past episode against the rules, one after another, as the worker did then."""
    station = Station.objects.get(code=episode["station"])
    end = opened - episode["ago"] * HOUR
    first = end - (episode["long"] - 1) * HOUR
    table = lake.hours(stations=[station.code], start=first, end=end + 8 * HOUR, items=items.AIR)
    for row in table.to_pylist():
        with at(row["time"] + timedelta(minutes=3)), audit.source(None, "演示"):
            values = {item: row[item] for item in items.AIR if row[item] is not None}
            alarms.consider(station, row["time"], values, None, lake)


def orders_of(login: str) -> list[Case]:
    return list(Case.objects.within(Person.objects.get(username=login)).order_by("number"))


def handle_half(end: datetime) -> None:
    """古渡镇: received, cause found, measures under way."""
    for case in orders_of("gudu"):
        step("gudu", case, "receive", end + timedelta(minutes=50))
        step("gudu", case, "find", end + 3 * HOUR, cause="dust", finding="码头堆场夜间装卸砂石未开喷淋，3 号堆位苫盖破损。")


def handle_and_report(end: datetime) -> None:
    """新桥街道: done and reported, waiting for the check."""
    for case in orders_of("xinqiao"):
        finding = "安置房工地土方作业未湿法施工，出口车辆带泥。"
        settle("xinqiao", case, end, "dust", finding, "责令停工整改 1 天，补设雾炮 2 台，出入口冲洗改为专人值守。")


def handle_to_the_end(end: datetime) -> None:
    """南屏镇: checked by the district's air office and closed."""
    for case in orders_of("nanping"):
        finding = "镇区东侧果园集中焚烧枯枝约 2 亩。"
        settle("nanping", case, end, "burning", finding, "现场扑灭，批评教育 3 人，枯枝统一粉碎还田，增设 2 名巡查员。")
        step("daqi", case, "close", end + 26 * HOUR, note="现场复核无明火，站点浓度已恢复到周边水平。")


def settle(login: str, case: Case, end: datetime, cause: str, finding: str, measure: str) -> None:
    step(login, case, "receive", end + timedelta(minutes=40))
    step(login, case, "find", end + 2 * HOUR, cause=cause, finding=finding)
    step(login, case, "measure", end + 5 * HOUR, measure=measure)
    with person(login, end + 6 * HOUR) as by:
        for kind, words in (("scene", "处置前"), ("after", "处置后")):
            cases.add_proof(case.number, kind, photo(f"{case.number}-{kind}", words), by=by, place=case.place)
    step(login, case, "report", end + 7 * HOUR)


def step(login: str, case: Case, name: str, moment: datetime, note: str = "", **answers: str) -> None:
    with person(login, moment) as by:
        cases.take_step(case.number, name, by=by, note=note, answers=answers)


def fill_schemes(opened: datetime) -> None:
    """Figures of dust from elsewhere and the share of tasks done, month by month; last month's appraisal waits for its second person."""
    year = opened.year
    months = [Period.month(year, m) for m in range(1, opened.month) if Period.month(year, m).end < opened.date()]
    for month in months:
        moment = datetime.combine(month.end, time(10, 0)) + timedelta(days=2)
        if moment >= opened:
            continue
        with person("daqi", moment) as by:
            for series, text in appraisal.figures(month).items():
                source = f"{month.title}{appraisal.SOURCES[series]}（演示）"
                rankings.import_figures(series, f"{series}.csv", text.encode(), by=by, source=source, issued=moment.date())
            for town, share in appraisal.tasks(month).items():
                rankings.enter_score("town_appraisal", "tasks", town, month, share, by=by, basis=f"区督办台账{month.short}汇总（演示）")
    last, moment = opened.replace(day=1) - timedelta(days=1), opened.replace(day=3, hour=11, minute=0)
    if months and moment < opened and last.year == year:
        with person("daqi", moment) as by:
            rankings.publish_ranking("town_appraisal", Period.month(last.year, last.month), by=by)


def issue_bulletin(opened: datetime) -> None:
    """Last month's ranking and its bulletin, drafted on the third and signed the same day; none in the first days of a year."""
    last = opened.replace(day=1) - timedelta(days=1)
    moment = opened.replace(day=3, hour=9, minute=30)
    if moment >= opened or last.year != opened.year:
        return
    with person("daqi", moment) as by:
        month = Period.month(last.year, last.month)
        rankings.publish_ranking("town_pm2_5", month, by=by)
        issue = bulletins.draft_issue("town_air_month", month, by=by)
        bulletins.write_issue(issue.pk, by=by, written={"problems": "石门镇两处工地裸土未覆盖，新桥街道夜间渣土运输未密闭（演示文字）。"})
        bulletins.submit_issue(issue.pk, by=by)
    with person("juzhang", moment + 2 * HOUR) as by:
        bulletins.publish_issue(issue.pk, by=by)


def issue_progress(opened: datetime) -> None:
    """Last month's progress of the ledger, issued on the fifth by the committee's office; this week's stands as a draft."""
    last, moment = opened.replace(day=1) - timedelta(days=1), opened.replace(day=5, hour=10, minute=0)
    if moment >= opened or last.year != opened.year:
        return
    with person("duban", moment) as by:
        issue = bulletins.draft_issue("ledger_month", Period.month(last.year, last.month), by=by)
        bulletins.submit_issue(issue.pk, by=by)
    with person("juzhang", moment + 3 * HOUR) as by:
        bulletins.publish_issue(issue.pk, by=by)
    with person("duban", opened - HOUR) as by:
        bulletins.draft_issue("ledger_week", Period.week(*opened.isocalendar()[:2]), by=by)


def photo(name: str, words: str) -> SimpleUploadedFile:
    """A drawn stand-in for a photograph, different for every use."""
    shade = sum(name.encode()) % 60
    image = Image.new("RGB", (960, 720), (176 + shade // 2, 196, 206))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 470), (260, 300), (520, 440), (760, 250), (960, 400), (960, 720), (0, 720)], fill=(96, 128 + shade // 3, 112))
    draw.rectangle((300 + shade, 380, 620 + shade, 600), fill=(150, 140, 128), outline=(92, 84, 76), width=4)
    draw.rectangle((0, 640, 960, 720), fill=(70, 72, 74))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82, comment=f"{name} {words}".encode())
    return SimpleUploadedFile(f"{name}.jpg", out.getvalue(), "image/jpeg")
