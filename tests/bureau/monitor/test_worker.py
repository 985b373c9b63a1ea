"""The worker: one at a time, stops cleanly, a failing job holds up nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from qingshan.bureau.monitor import jobs
from qingshan.bureau.monitor.models import JobRun

NOW = datetime(2026, 11, 20, 14)


@pytest.fixture
def own_jobs(monkeypatch):
    """A registry of the test's own."""
    registry = jobs.Registry("定时作业")
    monkeypatch.setattr(jobs, "jobs", registry)
    return registry


@pytest.mark.django_db(transaction=True)  # after a failure the worker takes a fresh connection, outside any transaction
def test_a_job_that_fails_is_noted_and_does_not_stop_the_next(own_jobs, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", NOW.isoformat())
    ran = []
    jobs.register("a", "坏的", 60, lambda: 1 / 0)
    jobs.register("b", "好的", 60, lambda: ran.append(1))
    assert jobs.run_due() == 2
    assert ran == [1]
    assert "ZeroDivisionError" in JobRun.objects.get(name="a").error
    assert JobRun.objects.get(name="b").error == ""
    assert jobs.run_due() == 0  # neither is due again


def row(minutes: int, error: str = "") -> JobRun:
    return JobRun(name="x", started=NOW - timedelta(minutes=minutes), error=error)


@pytest.mark.parametrize(
    ("every", "after", "last", "due"),
    [
        (60, 0, None, True),
        (60, 15, None, False),  # not before 15:00
        (600, 0, row(9), False),
        (600, 0, row(10), True),
        (86400, 0, row(10, "坏"), True),  # a failed daily job is tried again within ten minutes
        (5, 0, row(0, "坏"), False),
    ],
)
def test_when_a_job_is_due(every, after, last, due):
    assert jobs.is_due(jobs.Job("x", "试", every, print, after), last, NOW) is due


def test_a_name_is_taken_once(own_jobs):
    jobs.register("a", "一", 60, print)
    with pytest.raises(ValueError, match="已由"):
        jobs.register("a", "二", 60, print)


@pytest.mark.skipif(os.name == "nt", reason="POSIX 信号")
def test_it_runs_alone_and_stops_cleanly_on_sigterm(tmp_path):
    environment = {**os.environ, "QINGSHAN_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "qingshan.bureau.settings"}
    environment.pop("QINGSHAN_DATABASE_URL", None)
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=environment, check=True, timeout=300)
    command = [sys.executable, "-m", "qingshan.cli.main", "worker", "--data", str(tmp_path), "--every", "0.2"]
    worker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert worker.stdout.readline().startswith("ready")
        second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
        assert second.returncode == 1
        assert "已有一个后台作业在运行" in second.stderr
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=30)
        assert worker.returncode == 0
        assert "后台作业已停止" in said
        assert "Traceback" not in said
    finally:
        worker.kill()
