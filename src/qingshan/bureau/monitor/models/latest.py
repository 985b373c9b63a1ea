"""What a station shows now (实时值)."""

from __future__ import annotations

from django.db import models


class Latest(models.Model):
    """The latest value of one item at one station, of one kind (最新值)."""

    station = models.ForeignKey("sites.Station", models.CASCADE, related_name="latest")
    item = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=[("hour", "小时值"), ("minute", "分钟值"), ("now", "实时值")])
    at = models.DateTimeField()  # end of the period
    value = models.FloatField(null=True)
    flag = models.CharField(max_length=4, blank=True)
    frame = models.BigIntegerField()
    received = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "item", "kind"], name="one_latest")]

    @property
    def is_valid(self) -> bool:
        return self.value is not None and self.flag in ("", "N")


class Hour(models.Model):
    """The last judged hour of a station (最近小时评价): hourly AQI by the edition of that day."""

    station = models.OneToOneField("sites.Station", models.CASCADE, related_name="hour")
    time = models.DateTimeField()  # end of the hour
    aqi = models.PositiveSmallIntegerField(null=True)
    level = models.PositiveSmallIntegerField(null=True)  # 1..6
    primary = models.CharField(max_length=60, blank=True)
    edition = models.CharField(max_length=40)
    values = models.JSONField(default=dict)  # {item: valid value}
    received = models.DateTimeField()
