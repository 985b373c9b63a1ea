"""What was handed over, complained of, found and promised in the district, each handled as far as it has come."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import actions
from qingshan.bureau.cases.models import Case
from qingshan.demo.moments import person
from qingshan.demo.story import photo

DAY = timedelta(days=1)
OFFICE, CHECKS = "duban", "daqi"
TOLD: tuple[tuple, ...] = (
    # 流程、镇街、几天前、办到哪一步为止（空为办结）、事项、地点、填报
    ("handed_over", "nanping", 80, "", "南屏化工雨污混排", "南屏镇化工路 3 号",
     {"sender": "市生态环境局", "kind": "水"}),
    ("handed_over", "gudu", 78, "", "古渡码头堆场抑尘不到位", "古渡镇码头堆场",
     {"sender": "市生态环境局", "kind": "大气"}),
    ("handed_over", "xinqiao", 16, "reported", "安置房工地夜间超时施工", "新桥街道安置房工地",
     {"sender": "市住建局", "kind": "噪声"}),
    ("handed_over", "gudu", 40, "fixing", "渡口村河滩堆放建筑垃圾", "古渡镇渡口村河滩",
     {"sender": "区水利局", "kind": "土壤固废"}),
    ("district_rectification", "nanping", 60, "notice", "园区企业自行监测不规范", "南屏镇工业园",
     {"batch": "第一批第 6 条", "kind": "责任落实"}),
    ("inspection_finding", "gudu", 12, "fixing", "砂石料场裸土未覆盖", "古渡镇砂石料场",
     {"unit": "古渡砂石场", "kind": "扬尘管控"}),
    ("inspection_finding", "xinqiao", 9, "reported", "汽修店喷漆废气未收集", "新桥街道汽修一条街",
     {"unit": "新桥汽修", "kind": "治理设施"}),
    ("leader_instruction", "nanping", 5, "working", "限期解决镇区秸秆焚烧", "",
     {"leader": "区长", "words": "一周内拿出措施"}),
    ("damage_compensation", "gudu", 70, "talks", "古渡河非法倾倒致损", "古渡镇渡口村",
     {"liable": "某运输公司", "harm": "地表水", "clue": "信访"}),
    ("enterprise_visit", "xinqiao", 15, "", "印刷企业咨询原辅料替代", "新桥街道彩印厂",
     {"firm": "新桥彩印", "kind": "污染治理技术"}),
    ("meeting_decision", "nanping", 8, "working", "落实四季度扬尘会商议定事项", "",
     {"meeting": "四季度大气会商", "minutes": "区环委纪〔演示〕4号"}),
)  # fmt: skip
PETITIONS = (
    ("petition_12345", "投诉砂石料场装卸扬尘，影响住户开窗", "演示2026-1108"),
    ("petition_12369", "砂石料场装卸扬尘大，堆场没有苫盖", "演示12369-31"),
)


def tell(opened: datetime) -> None:
    """Each case from its own day to where it stands; two petitions of one place, found alike and merged."""
    for workflow, login, ago, until, title, place, facts in TOLD:
        _handle(workflow, login, opened - ago * DAY, until, title, place, facts)
    numbers = []
    for hours, (workflow, title, outside) in enumerate(PETITIONS):
        facts = {"reporter": "演示住户", "real_name": "是", "kind": "扬尘"}
        started = opened - 4 * DAY + hours * timedelta(hours=3)
        numbers.append(_open(workflow, "gudu", started, title, "古渡镇砂石料场", facts, outside).number)
    with person(OFFICE, opened - 3 * DAY) as by:
        actions.take_step(numbers[0], "accept", by=by)
        actions.merge(numbers[1], numbers[0], by=by, reason="同一料场、同一天")
    with person("gudu", opened - 3 * DAY + timedelta(hours=2)) as by:
        actions.take_step(numbers[0], "receive", by=by)


def _open(workflow: str, login: str, moment: datetime, title: str, place: str, facts: dict, outside: str = "") -> Case:
    unit = Person.objects.get(username=login).organisation
    with person(OFFICE, moment) as by:
        on = {"on": moment.date().isoformat(), "found_on": moment.date().isoformat()}
        return actions.open_case(
            workflow, title=title, area=unit.area, responsible=unit, by=by, place=place, facts=on | facts, outside=outside, basis="演示"
        )


def _handle(workflow: str, login: str, moment: datetime, until: str, title: str, place: str, facts: dict) -> None:
    case = _open(workflow, login, moment, title, place, facts)
    for n in range(1, 12):
        if case.is_closed or case.state == until:
            return
        step = case.declared.forward(case.state)
        at = moment + n * timedelta(days=4 if until in ("", "notice", "reported", "talks") and case.declared.term is None else 1, hours=1)
        there = set(case.proofs.values_list("kind", flat=True))
        for kind in case.declared.needs_of(step):
            if kind not in there:
                _prove(case, kind, login, at)
        who = {"responsible": login, "handler": login, "verifier": CHECKS}.get(step.by, OFFICE)
        answers = {a.name: next(iter(a.choices), "10" if a.type == "number" else "已按要求落实") for a in step.ask}
        with person(who, at + timedelta(hours=1)) as by:
            case = actions.take_step(case.number, step.name, by=by, note="核对无误", answers=answers)


def _prove(case: Case, kind: str, login: str, at: datetime) -> None:
    wanted, upload = case.declared.proof[kind], None
    if wanted.type == "photo":
        upload = photo(f"{case.number}-{kind}", wanted.title)
    elif wanted.type in ("file", "document"):
        upload = SimpleUploadedFile(f"{wanted.title}.txt", f"{case.title}：{wanted.title}（演示）".encode(), "text/plain")
    said = {
        "number": f"演示〔{at.year}〕{case.pk}号", "day": (at - wanted.days * DAY).date().isoformat(), "link": "https://www.example.cn/gongshi",
        "passed": "yes", "said": "到现场看过，问题已解决，住户认可。",
    }  # fmt: skip
    with person(CHECKS if wanted.type == "recheck" else login, at) as by:
        actions.add_proof(case.number, kind, upload, by=by, details=said, place=case.place)
