"""``qingshan assess rerun``: make a run again and say whether it is the same (复算)."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from qingshan.cli import tables
from qingshan.lake import Lake, LakeRefused, kept
from qingshan.lake import rerun as again

NUMBER = re.compile(r"\d{4}-\d{4}-\d{2,}|[0-9a-f]{64}")


def run(name: str, data: Path, output: Path | None) -> int:
    """0 where the run came out the same, 1 where it did not or is not there. `name`: a run's identity, or its number in the bureau."""
    if not (data / "lake").is_dir():
        print(f"{data / 'lake'} 没有观测数据；请核对 --data", file=sys.stderr)
        return 1
    if NUMBER.fullmatch(name):
        return _of_bureau(name, data, output)
    lake = Lake(data / "lake")
    try:
        record = kept(lake, name)
        found = again(lake, record)
    except (LookupError, LakeRefused) as error:
        print(f"没有复算：{error}", file=sys.stderr)
        return 1
    same = found.result_hash == record["result_hash"]
    print(f"运行 {record['identity']}：{record['start']} 至 {record['end']}，{found.days.num_rows} 个站日")
    _verdict(
        same, record["result_hash"], found.result_hash, record["input_hash"], found.input_hash, record["code_version"], found.code_version
    )
    if output:
        tables.write(found, output)
    return 0 if same else 1


def _verdict(same: bool, then: str, now: str, input_then: str, input_now: str, code_then: str, code_now: str) -> None:
    print("结果一致" if same else "结果不一致")
    print(f"当时 {then}\n现在 {now}")
    if input_then != input_now:
        print(f"输入不同：当时 {input_then}，现在 {input_now}；数据目录里缺少当时的数据")
    if code_then != code_now:
        print(f"程序或标准数据已换版：当时 {code_then}，现在 {code_now}")


def _of_bureau(name: str, data: Path, output: Path | None) -> int:
    """A run on record in the bureau's database, by its number or identity."""
    os.environ["QINGSHAN_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
    import django

    django.setup()
    from django.db.models import Q

    from qingshan.bureau.indicators import reruns
    from qingshan.bureau.indicators.models import AssessmentRun

    found = AssessmentRun.objects.filter(Q(number=name) | Q(identity=name)).first()
    if found is None:
        print(f"没有评价批次“{name}”；批次号在指标的来源页上，形如 2026-1119-01", file=sys.stderr)
        return 1
    outcome = reruns.again(found)
    print(f"评价批次 {found.number}（{found.get_kind_display()}）：{found.start} 至 {found.end}")
    print(outcome.words)
    print(f"当时 {found.result_hash}\n现在 {outcome.result_hash}")
    if output and outcome.held is not None:
        tables.write(outcome.held.run, output)
    elif output and outcome.value is not None:
        value = outcome.value
        said = {
            "run": found.number, "indicator": value.name, "period": value.period.token, "value": value.value, "text": value.text,
            "exact": repr(value.exact), "reason": value.reason, "editions": list(value.editions), "result_hash": outcome.result_hash,
        }  # fmt: skip
        output.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        print(f"已写 {output}")
    return 0 if outcome.same else 1
