"""When each periodic job last ran (定时作业)."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    name = models.CharField(max_length=60, primary_key=True)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    runs = models.PositiveBigIntegerField(default=0)
