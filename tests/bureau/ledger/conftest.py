"""A plan read into the ledger of 青川区, and the people of the committee's office."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from tests.bureau.conftest import make_person

from qingshan.bureau.ledger import actions, declared, measures
from qingshan.bureau.ledger.models import Finding, Plan, Task
from qingshan.terms.registry import Registry

TEXT = """青川区2026年生态环境保护工作要点

青环委〔2026〕3号

一、主要目标

全区PM2.5年均浓度不高于32微克每立方米，优良天数达到300天以上，重点建设用地安全利用率不低于xx%。

二、重点工作

（一）打好蓝天保卫战

1.深化交通污染控制。淘汰、治理柴油车300辆以上，6月底前完成古渡码头岸电改造1个。（牵头单位：交通局；配合单位：大气科、石门镇）

2.深化工业污染控制。完成水泥、砂石等重点行业废气深度治理15家。（牵头单位：大气科）

（二）打好碧水保卫战

3.完成16个行政村生活污水治理。（牵头单位：农业农村局；配合单位：各镇街）

青川区生态文明建设委员会
2026年2月12日
"""


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-19T15:00:00")


@pytest.fixture
def scheme():
    return declared.LightScheme(
        name="task_pace", title="亮灯", amber_behind=2, red_behind=8, due_soon=15, starting=10, silent={"month": 40}
    )


@pytest.fixture
def office(bureau):
    """周督办 of the committee's office: reviews, enters, chases, closes."""
    return make_person("duban", "周督办", bureau.committee, "supervisor")


@pytest.fixture
def traffic(bureau):
    """陈嘉 of 交通局, which leads the diesel task."""
    return make_person("chenjia", "陈嘉", bureau.departments["交通局"], "department_officer")


@pytest.fixture
def builder(bureau):
    """住建局, which has nothing to do in this plan."""
    return make_person("zhujian", "何工", bureau.departments["住建局"], "department_officer")


def upload(text: str = TEXT, name: str = "要点.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def photo(name: str = "现场.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 130, 120)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


@pytest.fixture
def plan(office) -> Plan:
    return actions.upload_plan(upload(), by=office)[0]


@pytest.fixture
def ledger(plan, office) -> dict[str, Task]:
    """The plan's rows in the ledger, by a word of their title; the masked target is left waiting."""
    for finding in plan.findings.filter(kind__in=["target", "task"]):
        if not finding.read["masked"]:
            actions.accept_finding(finding.pk, by=office)
    actions.enter_ledger(plan.pk, by=office)
    words = {"柴油车": "柴油车", "岸电": "岸电", "废气": "废气", "污水": "污水", "PM2.5": "PM2.5", "优良": "优良"}
    return {key: Task.objects.get(title__contains=word) for key, word in words.items()}


@pytest.fixture
def provider(monkeypatch):
    """A measuring function for one test, in place of the real ones: ``provider(fn)``."""
    monkeypatch.setattr(measures, "provider", Registry("台账取数"))
    return measures.provider.add("test")


def find(plan: Plan, word: str) -> Finding:
    return next(f for f in plan.findings.all() if f.kind in ("target", "task") and word in f.text)
