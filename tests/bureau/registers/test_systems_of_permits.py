"""What the national pack carries of approvals: three ticks, a balance that is booked, days against limits, promises checked, permits that link."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.bureau.registers.hands import TODAY, change, put, shown

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import assessments
from qingshan.bureau.registers import agenda, queries, sifting

pytestmark = pytest.mark.django_db
TICKS = dict.fromkeys(("check_line", "check_plan", "check_total"), "是")
PASSED = {"accepted_on": "2026-03-02", "assessed_on": "2026-03-06", "decided_on": "2026-03-13", "document": "青环审〔2026〕1号"}
NONE = {"cod": 0, "nh3": 0, "nox": 0, "voc": 0}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()
    yield
    assessments.clear()


@pytest.fixture
def stone(bureau):
    return bureau.towns["石门镇"]


def eia(by, area, **said):
    plain = {
        "level": "区级",
        "kind": "报告表",
        "received_on": "2026-03-02",
        "limit_days": 10,
        "key_project": "否",
        "lane": "否",
        "major": "否",
    }
    return put("eia_file", by, area, **plain | NONE | said)


def test_no_pass_without_all_three_ticks(bureau, stone, clerk):
    file = eia(clerk, stone, **PASSED, **TICKS | {"check_total": "否"})
    with pytest.raises(Refused, match="没有做到：总量前置指标落实"):
        change(file, clerk, state="approved")
    with pytest.raises(Refused, match=r"三线一单符合.*规划环评和产业定位符合"):
        change(file, clerk, state="approved", check_total="是", check_line=None, check_plan="否")
    assert change(file, clerk, state="approved", check_total="是").state == "approved"


def test_the_balance_is_booked_on_approval_and_never_overdrawn(bureau, stone, clerk):
    put("total_quota", clerk, bureau.district, cod=10, nh3=1, nox=5, voc=2)
    put("total_quota", clerk, bureau.district, cod=2.5, nh3=0, nox=0, voc=0)
    void = put("total_quota", clerk, bureau.district, cod=100, nh3=100, nox=100, voc=100, state="void")
    one = eia(clerk, stone, **PASSED, **TICKS | {"cod": 8, "voc": 0.5})
    assert shown("quota_cod_left", bureau.district) == "12.5000"
    change(one, clerk, state="approved")
    assert [shown(f"quota_cod{x}", bureau.district) for x in ("", "_used", "_left")] == ["12.5000", "8.0000", "4.5000"]
    two = eia(clerk, stone, **PASSED, **TICKS | {"cod": 4.6})
    with pytest.raises(Refused, match=r"化学需氧量额度不足：共 12\.5，已占 8，余 4\.5，本项要 4\.6 t/a"):
        change(two, clerk, state="approved")
    change(two, clerk, state="approved", cod=4.5)
    assert (shown("quota_cod_left", bureau.district), shown("quota_voc_left", bureau.district)) == ("0.0000", "1.5000")
    change(one, clerk, state="withdrawn")
    assert shown("quota_cod_left", bureau.district) == "8.0000"
    assert void.state == "void"


def test_days_are_working_days_against_the_limit_of_each_file(bureau, stone, clerk, as_):
    late = eia(clerk, stone, state="approved", **PASSED, **TICKS | {"limit_days": 8, "key_project": "是"})
    slow = {"level": "市级", "decided_on": "2026-03-20", "limit_days": 20, "received_on": "2026-02-27"}
    eia(clerk, stone, state="approved", **PASSED | TICKS | slow, key_project="是")
    eia(clerk, stone, state="accepted", accepted_on="2026-03-05", key_project="是")
    of = queries.register("eia_file")
    assert of.figures(late.values) == {"accept_days": 0, "assess_days": 4, "taken": 9, "over": 1}
    assert [shown(f"eia_days_{k}", bureau.district) for k in ("district", "city")] == ["9.0", "14.0"]
    assert (shown("eia_on_time_ratio", bureau.district), shown("eia_same_day_ratio", bureau.district)) == ("50.0", "33.3")
    assert shown("eia_assess_days", bureau.district) == "4.0"
    page = as_(clerk).get(reverse("registers:entries", args=["eia_file"]), {"list": "over_limit"}).content.decode()
    assert late.name in page
    assert "办理用时" in page
    assert [x.title for x in agenda.falling(clerk, TODAY, within=30, name="eia_file")] == ["评估"]


def test_great_matters_are_decided_together_and_the_fast_lane_has_its_rule(bureau, stone, clerk):
    great = eia(clerk, stone, major="是", **PASSED, **TICKS)
    with pytest.raises(Refused, match="集体决策会议纪要号"):
        change(great, clerk, state="approved")
    change(great, clerk, state="approved", minute="纪要〔2026〕3号", minute_on="2026-03-10")
    with pytest.raises(Refused, match="进绿色通道的依据"):
        eia(clerk, stone, lane="是")
    fast = eia(clerk, stone, lane="是", lane_rule="民生保障")
    of = queries.register("eia_file")
    assert [e.pk for e in sifting.sift(of, queries.entries(of, clerk), sifting.Sieve(short="fast_lane"), TODAY)] == [fast.pk]
    change(fast, clerk, state="approved", **PASSED, **TICKS)
    assert shown("eia_lane", bureau.district) == "1"


def test_a_promise_is_checked_later_and_a_broken_one_goes_to_credit(bureau, stone, clerk):
    file = eia(clerk, stone, level="告知承诺", **PASSED, **TICKS)
    with pytest.raises(Refused, match="承诺书编号、事后核查期限"):
        change(file, clerk, state="approved")
    change(file, clerk, state="approved", promise_no="承1", later_due="2026-09-01")
    assert shown("promise_late", bureau.district) == "1"
    assert [(x.title, x.light) for x in agenda.falling(clerk, TODAY, within=30, name="eia_file")] == [("承诺事后核查", "red")]
    with pytest.raises(Refused, match="记入信用的文号"):
        change(file, clerk, broken="是", later_on="2026-11-20")
    change(file, clerk, broken="是", later_on="2026-11-20", credit_no="信1")
    assert (shown("promise_late", bureau.district), shown("promise_broken", bureau.district)) == ("0", "1")


def test_permits_link_to_approval_total_monitoring_and_checks(bureau, stone, clerk, as_):
    code = "91110000MA01234567"
    four = dict.fromkeys(("eia_ok", "total_ok", "monitor_ok", "enforce_ok"), "是")
    put("discharge_permit", clerk, stone, firm="青川甲厂", credit_code=code, eia_no="青环审1号", recheck="合格", **four)
    half = put(
        "discharge_permit",
        clerk,
        stone,
        eia_no="青环审2号",
        **four | {"total_ok": "否"},
        recheck="须整改",
        fix_due="2026-10-01",
        state="suspended",
    )
    put("discharge_permit", clerk, stone)
    found = [shown(f"permits_{n}", bureau.district) for n in ("linked_ratio", "terms_ratio", "rechecked_ratio", "unfixed")]
    assert found == ["33.3", "66.7", "66.7", "1"]
    assert "复核整改" in {x.title for x in agenda.falling(clerk, TODAY, within=30, name="discharge_permit")}
    change(half, clerk, fixed_on="2026-11-01", total_ok="是")
    assert (shown("permits_unfixed", bureau.district), shown("permits_linked_ratio", bureau.district)) == ("0", "66.7")
    eia(clerk, stone, firm="青川甲厂", credit_code=code, project="甲厂扩建")
    page = as_(clerk).get(reverse("registers:firm", args=[code])).content.decode()
    assert ("排污许可证" in page, "建设项目环评审批" in page) == (True, True)


def test_rules_belong_to_units_and_old_editions_stay(bureau, stone, clerk):
    unit = put("control_unit", clerk, bureau.district, code="ZH1", edition="2021版")
    with pytest.raises(Refused, match="生态环境管控单元里没有编号"):
        put("access_rule", clerk, bureau.district, unit="ZH9")
    rule = put("access_rule", clerk, bureau.district, unit="ZH1", edition="2021版")
    assert shown("access_rules", bureau.district) == "1"
    change(rule, clerk, state="replaced")
    change(unit, clerk, edition="2026版")
    assert (shown("access_rules", bureau.district), shown("access_rules", bureau.district, "2026-10")) == ("0", "1")
    file = eia(clerk, stone, unit="ZH1")
    assert file.values["unit"] == "ZH1"
    assert unit.changes.order_by("version").first().after["values"]["edition"] == "2021版"


def test_help_plans_reforms_and_audits(bureau, stone, clerk):
    asked = put("project_help", clerk, bureau.district, code="", asked_on="2026-11-12", reply_due="2026-11-19")
    assert [x.light for x in agenda.falling(clerk, TODAY, within=30, name="project_help")] == ["red"]
    change(asked, clerk, state="answered", answer="按登记表办", answered_on="2026-11-16", helper="李响")
    assert (shown("helps_answered_ratio", bureau.district), shown("helps_days_mean", bureau.district)) == ("100.0", "2.0")
    plan = put("park_eia", clerk, bureau.district, state="drafting", reviewed_on="2021-12-01", document="审1")
    with pytest.raises(Refused, match="审查意见采纳情况"):
        change(plan, clerk, state="reviewed")
    change(plan, clerk, state="reviewed", adopted="全部采纳")
    assert shown("park_eia_ratio", bureau.district) == "100.0"
    assert [x.title for x in agenda.falling(clerk, TODAY, within=30, name="park_eia")] == ["五年跟踪评价"]
    reform = put("reform_item", clerk, bureau.district, days_before=30, days_after=12, papers_before=9, papers_after=4)
    change(reform, clerk, state="done", after="压缩", document="文1", in_force="2026-05-01")
    assert (shown("reforms_done", bureau.district), shown("reform_days_cut", bureau.district)) == ("1", "18.0")
    audit = put("clean_audit", clerk, stone, year=2026, state="auditing", began_on="2026-02-01")
    with pytest.raises(Refused, match="须先是“已评估”"):
        change(audit, clerk, state="accepted", report_on="2026-05-01", assessed_on="2026-06-01", accept_no="验1", accepted_on="2026-09-01")
    change(audit, clerk, state="assessed", report_on="2026-05-01", assessed_on="2026-06-01")
    change(audit, clerk, state="accepted", accept_no="验1", accepted_on="2026-09-01")
    assert shown("clean_audits_done", bureau.district) == "1"
