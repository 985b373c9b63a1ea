"""Packs: every fault has its sentence, all are told at once, and a faulty pack gives nothing."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import pytest
from django.conf import settings
from pydantic import Field, model_validator

from qingshan.bureau.base import packs
from qingshan.bureau.base.packs.declared import Declaration, Part, kinds
from qingshan.terms.registry import Registry, unknown


class Column(Part):
    key: str
    title: str
    decimals: int = 0
    choices: dict[str, str] | None = None


class Step(Part):
    name: str
    start: str = Field(alias="from")
    to: str


@pytest.fixture
def two_kinds(monkeypatch):
    """A register and a workflow, as style.md §8 has them, in a registry of their own."""
    registry: Registry = Registry("制度种类")

    @registry.add("registers")
    class Register(Declaration):
        words: ClassVar[str] = "登记册"
        field: tuple[Column, ...] = ()
        keeper: str = ""

        def faults(self, catalogue):
            said = catalogue.missing("workflows", self.keeper) if self.keeper else None
            return [f"keeper：{said}"] if said else []

    @registry.add("workflows")
    class Workflow(Declaration):
        words: ClassVar[str] = "流程"
        state: dict[str, str]
        step: tuple[Step, ...] = ()

        @model_validator(mode="after")
        def _steps_join_states(self):
            for step in self.step:
                for name in (step.start, step.to):
                    if name not in self.state:
                        raise ValueError(f"step “{step.name}”：{unknown('状态', name, self.state)}")
            return self

    for place in ("qingshan.bureau.base.packs.catalogue.kinds", "qingshan.bureau.base.packs.kinds"):
        monkeypatch.setattr(place, registry)
    return registry


@pytest.fixture
def pack(tmp_path, two_kinds):
    """``pack("demo", {"registers/outfall.toml": "…"})`` writes a pack and gives its folder."""

    def write(name: str, files: dict[str, str | bytes]):
        folder = tmp_path / "packs" / name
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return write


OUTFALL = 'name = "outfall"\ntitle = "入河排污口"\n'
FLOW = 'name = "flow"\ntitle = "整改"\nstate = { fixing = "整改中", closed = "已销号" }\n'


def lines(*folders) -> list[str]:
    with pytest.raises(packs.PackFaults) as told:
        packs.load(list(folders))
    return told.value.lines


@pytest.mark.parametrize(
    "path, text, line",
    [
        (
            "registers/outfall.toml",
            OUTFALL + 'field = [{ key = "a", titel = "编码", title = "x" }]',
            "packs/demo/registers/outfall.toml 第 3 行 field[1]：没有键“titel”；已有：choices、decimals、key、title",
        ),
        (
            "registers/outfall.toml",
            OUTFALL + 'titel = "x"',
            "packs/demo/registers/outfall.toml 第 3 行：没有键“titel”；已有：basis、edition、field、from、keeper、name、overrides、title、to、verify",
        ),
        (
            "workflows/flow.toml",
            FLOW + 'step = [{ name = "close", from = "fixing", to = "colsed" }]',
            "packs/demo/workflows/flow.toml：step “close”：没有状态“colsed”；已有：closed、fixing",
        ),
        ("registers/outfall.toml", 'name = "outfall"', "packs/demo/registers/outfall.toml：缺少键“title”"),
        (
            "registers/outfall.toml",
            OUTFALL + 'field = [{ key = "a", title = "x", decimals = "两位" }]',
            "packs/demo/registers/outfall.toml 第 3 行 field[1].decimals：应为整数，写成了 '两位'",
        ),
        (
            "registers/outfall.toml",
            OUTFALL + 'from = "明年"',
            "packs/demo/registers/outfall.toml 第 3 行 from：应为日期，如 2026-03-01，写成了 '明年'",
        ),
        (
            "registers/outfall.toml",
            OUTFALL + "from = 2026-03-01\nto = 2026-02-01",
            "packs/demo/registers/outfall.toml：to = 2026-02-01 早于 from = 2026-03-01",
        ),
        (
            "registers/outfall.toml",
            OUTFALL.replace('"outfall"', '"Out-fall"'),
            "packs/demo/registers/outfall.toml 第 1 行 name：“Out-fall”只能用小写字母、数字和下划线，以字母开头",
        ),
        (
            "registers/well.toml",
            OUTFALL,
            "packs/demo/registers/well.toml：name = “outfall”与文件名不一致；文件应叫 outfall.toml 或 outfall-….toml",
        ),
        ("registres/outfall.toml", OUTFALL, "packs/demo/registres：没有制度种类“registres”；已有：registers、workflows"),
        ("registers/outfall.toml", OUTFALL + 'keeper = "flwo"', "packs/demo/registers/outfall.toml：keeper：没有流程“flwo”；已有：（无）"),
        (
            "registers/outfall.toml",
            OUTFALL + 'overrides = "national"',
            "packs/demo/registers/outfall.toml：overrides = “national”没有可替换的：前面的制度包没有声明“outfall”",
        ),
    ],
)
def test_a_fault_has_its_sentence(pack, path, text, line):
    assert lines(pack("demo", {path: text})) == [line]


def test_what_is_not_toml_or_not_utf8_says_where(pack):
    told = lines(pack("demo", {"registers/a.toml": "name = ", "registers/b.toml": "name = '排口'".encode("gb18030")}))
    assert told[0].startswith("packs/demo/registers/a.toml 文件末尾：不是正确的 TOML：")
    assert told[1] == "packs/demo/registers/b.toml：第 8 字节处不是 UTF-8 文字，请另存为 UTF-8"


def test_all_faults_are_told_at_once(pack):
    registers = {"registers/a.toml": 'name = "a"\nx = 1\ny = 2', "registers/b.toml": 'title = "乙"'}
    assert len(lines(pack("demo", {**registers, "workflows/c.toml": 'name = "c"\ntitle = "丙"'}))) == 5


def test_a_second_declaration_must_say_it_overrides(pack):
    national, demo = pack("national", {"registers/outfall.toml": OUTFALL}), pack("demo", {"registers/outfall.toml": OUTFALL})
    assert lines(national, demo) == [
        'packs/demo/registers/outfall.toml：“outfall”已在 packs/national/registers/outfall.toml 声明；要替换请写 overrides = "national"'
    ]


def test_an_override_replaces_the_whole_and_keeps_what_it_replaced(pack):
    national = pack("national", {"registers/outfall.toml": OUTFALL + 'basis = "国办函〔2022〕17号"'})
    demo = pack("demo", {"registers/outfall.toml": OUTFALL.replace("入河", "入湖") + 'overrides = "national"'})
    found = packs.load([national, demo]).items["registers"]["outfall"][0]
    assert (found.declaration.title, found.declaration.basis) == ("入湖排污口", "")
    assert found.replaced[0].declaration.title == "入河排污口"


def test_versions_of_a_name_may_not_overlap(pack):
    first, second = OUTFALL + "to = 2026-02-28", OUTFALL + "from = 2026-02-28"
    told = lines(pack("demo", {"registers/outfall-2020.toml": first, "registers/outfall-2026.toml": second}))
    assert "“outfall”与 packs/demo/registers/outfall-2020.toml 的有效期重叠" in told[0]


def test_a_name_is_answered_for_its_day(pack, monkeypatch):
    old, new = OUTFALL + "from = 2020-01-01\nto = 2026-02-28", OUTFALL.replace("入河", "入湖") + "from = 2026-03-01"
    folder = pack("demo", {"registers/outfall-2020.toml": old, "registers/outfall-2026.toml": new})
    monkeypatch.setattr(settings, "PACK_FOLDERS", [folder])
    monkeypatch.setattr(settings, "BUREAU_PACKS", folder / "none")
    packs.clear()
    assert packs.get("registers", "outfall", at=date(2026, 2, 28)).title == "入河排污口"
    assert packs.get("registers", "outfall", at=date(2026, 3, 1)).title == "入湖排污口"
    assert set(packs.all("registers", at=date(2026, 3, 1))) == {"outfall"}
    assert not packs.all("registers", at=date(2019, 1, 1))
    with pytest.raises(LookupError, match="2019-12-31 没有有效版本；有：2020-01-01 至 2026-02-28；2026-03-01 至"):
        packs.get("registers", "outfall", at=date(2019, 12, 31))
    with pytest.raises(LookupError, match="没有登记册“outfal”；已有：outfall"):
        packs.get("registers", "outfal")
    packs.clear()


def test_a_faulty_pack_never_half_loads(pack, monkeypatch):
    folder = pack("demo", {"registers/outfall.toml": OUTFALL, "registers/bad.toml": "x"})
    monkeypatch.setattr(settings, "PACK_FOLDERS", [folder])
    monkeypatch.setattr(settings, "BUREAU_PACKS", folder / "none")
    packs.clear()
    with pytest.raises(packs.PackFaults):
        packs.get("registers", "outfall")
    with pytest.raises(packs.PackFaults):
        packs.all("registers")
    packs.clear()


def test_a_declaration_cannot_be_changed(pack):
    found = packs.load([pack("demo", {"registers/outfall.toml": OUTFALL})]).items["registers"]["outfall"][0].declaration
    with pytest.raises(ValueError, match="frozen"):
        found.title = "别的"


def test_every_shipped_declaration_loads():
    packs.clear()
    catalogue = packs.load(settings.PACK_FOLDERS)
    assert "administrator" in catalogue.names("roles")
    assert set(catalogue.items) <= set(kinds)
