"""What all tests share: where real data lies, and that nothing here reaches a network beyond this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).resolve().parents[1]

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no fault of the code


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data with published results; it is never copied here, so its tests skip where it is absent."""
    folder = Path(os.environ.get("QINGSHAN_SHARED", CHECKOUT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"没有公开数据目录 {folder}：设 QINGSHAN_SHARED 后这些对照测试才运行")
    return folder
