"""How far the journal has been read, and what of it waits (接收进度)."""

from __future__ import annotations

from django.db import models


class Cursor(models.Model):
    """The last journal frame whose readings are in the store (读取位置); moves in the same transaction as what it produced."""

    name = models.CharField(max_length=40, primary_key=True)
    frame = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)


class Arrival(models.Model):
    """An hour that arrived or changed and is not yet judged (待评价小时)."""

    station = models.ForeignKey("sites.Station", models.CASCADE, related_name="+")
    time = models.DateTimeField()  # end of the hour
    frame = models.BigIntegerField(null=True)
    received = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "time"], name="one_arrival_an_hour")]
        ordering = ["time", "station_id"]


class Minute(models.Model):
    """A minute value (分钟值), kept for some days to build the hours of devices that send no hour record."""

    station = models.ForeignKey("sites.Station", models.CASCADE, related_name="+")
    item = models.CharField(max_length=20)
    time = models.DateTimeField()  # start of the minute period
    minutes = models.PositiveSmallIntegerField()  # [min] it stands for
    value = models.FloatField(null=True)
    flag = models.CharField(max_length=4, blank=True)
    frame = models.BigIntegerField()
    received = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "item", "time"], name="one_value_a_minute")]
        indexes = [models.Index(fields=["time"])]


class MadeMinute(models.Model):
    """A minute value made of real-time readings (自行汇总的分钟值): stands where the device sends none, else it is only compared."""

    station = models.ForeignKey("sites.Station", models.CASCADE, related_name="+")
    item = models.CharField(max_length=20)
    time = models.DateTimeField()  # start of the period
    minutes = models.PositiveSmallIntegerField()  # [min] it stands for
    value = models.FloatField(null=True)
    flag = models.CharField(max_length=4, blank=True)  # "-": too few readings came
    count = models.PositiveSmallIntegerField()  # readings that came
    first = models.BigIntegerField()  # first and last frame of the period
    frame = models.BigIntegerField()
    received = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "item", "time"], name="one_made_minute")]
        indexes = [models.Index(fields=["time"])]


class Difference(models.Model):
    """What a device says of a minute or an hour, and what its finer values make (汇总不符): both are kept, the device's stands."""

    station = models.ForeignKey("sites.Station", models.CASCADE, related_name="differences")
    item = models.CharField("项目", max_length=20)
    kind = models.CharField("时段", max_length=6, choices=[("minute", "分钟值"), ("hour", "小时值")])
    time = models.DateTimeField()  # start of a minute period, end of an hour
    said = models.FloatField("设备所报", null=True)
    said_flag = models.CharField(max_length=4, blank=True)
    made = models.FloatField("汇总所得", null=True)
    made_flag = models.CharField(max_length=4, blank=True)
    found = models.DateTimeField("比出时间")

    class Meta:
        verbose_name = "汇总不符"
        ordering = ["-time", "item"]
        constraints = [models.UniqueConstraint(fields=["station", "item", "kind", "time"], name="one_difference")]

    def __str__(self) -> str:
        return f"{self.station_id} {self.item} {self.time}"


class MinuteHour(models.Model):
    """An hour for which minute values came (待合成小时): built from them unless the device sends the hour itself."""

    station = models.ForeignKey("sites.Station", models.CASCADE, related_name="+")
    time = models.DateTimeField()  # end of the hour
    dirty = models.BooleanField(default=True)
    has_hour = models.BooleanField(default=False)  # an hour record came: it stands

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "time"], name="one_minute_hour")]
        indexes = [models.Index(fields=["dirty", "has_hour", "time"])]


class Held(models.Model):
    """Readings held back because the profile does not say what they mean (未入库读数): no station, no unit, no known code."""

    mn = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=120)
    count = models.PositiveBigIntegerField(default=0)
    sample = models.JSONField(default=list)  # the last values, for the unit suggestion
    frame = models.BigIntegerField()  # the last one
    first_frame = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mn", "code"], name="one_hold_a_factor")]


class Reread(models.Model):
    """A device whose earlier frames are read again after its profile changed (补读)."""

    mn = models.CharField(max_length=60)
    from_frame = models.BigIntegerField(default=0)
    up_to = models.BigIntegerField()
    asked = models.DateTimeField()
    done = models.DateTimeField(null=True, blank=True)
