"""Periodic work of the worker (定时作业): every app registers its own with name, rhythm and function."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections

from qingshan.bureau.base import clock
from qingshan.bureau.monitor.models import JobRun
from qingshan.terms.registry import Registry

log = logging.getLogger("qingshan.worker")
MAX_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """A function without arguments, run every so many seconds; what it returns is logged when it is not empty."""

    name: str
    title: str
    every: int
    run: Callable[[], object]
    after: int = 0  # [h] once a day, not before this hour; 0: by rhythm alone


jobs: Registry[Job] = Registry("定时作业")


def register(name: str, title: str, every: int, run: Callable[[], object], after: int = 0) -> None:
    """Add a job; called in ``AppConfig.ready``."""
    jobs.add(name)(Job(name, title, every, run, after))


def is_due(job: Job, row: JobRun | None, now: datetime) -> bool:
    """Whether the job's time has come; a failed one waits longer with every try, ten minutes at most."""
    if row is None:
        return now.hour >= job.after
    if job.after and now.hour < job.after:
        return False
    wait = timedelta(seconds=job.every)
    if row.error:
        wait = min(max(wait, timedelta(seconds=30)), MAX_PAUSE)
    return now >= row.started + wait or row.started > now + timedelta(hours=1)


def run_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Run every job that is due, in order of name; one that fails is logged and does not hold up the others."""
    done = 0
    rows = {r.name: r for r in JobRun.objects.all()}
    for name in jobs:
        if stopping():
            break
        job = jobs[name]
        if is_due(job, rows.get(name), clock.now()):
            run(job)
            done += 1
    return done


def run(job: Job) -> str:
    """Run one job now and note when and how; returns the error, empty when none."""
    started, error = clock.now(), ""
    try:
        said = job.run()
        if said:
            log.info("%s：%s", job.title, said)
    except Exception as wrong:  # a job must not stop the worker
        error = f"{type(wrong).__name__}: {wrong}"[:500]
        log.exception("作业“%s”失败", job.title)
        close_old_connections()
    row, _ = JobRun.objects.get_or_create(name=job.name, defaults={"started": started})
    JobRun.objects.filter(pk=row.pk).update(started=started, ended=clock.now(), error=error, runs=row.runs + 1)
    return error
