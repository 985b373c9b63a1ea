"""Networks, stations and the profiles of their devices (监测网络、站点、设备档案)."""

from __future__ import annotations

from django.db import models

from qingshan.bureau.base import secrets
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.scope import Scoped, ScopedQuerySet
from qingshan.terms import items

RESERVED = ("factors", "new", "import", "export", "boundaries", "links", "frames", "outlets", "operations")
"""Words of addresses under /stations/ that no station may have for its code."""
OUTLETS = ("wastewater", "flue")
"""media of networks whose stations are outlets of pollution sources"""


class Level(models.TextChoices):
    """Who controls a station (控制级别); the map draws each with its own shape."""

    NATIONAL = "national", "国控"
    PROVINCE = "province", "省控"
    CITY = "city", "市控"
    TOWN = "town", "乡镇"
    MICRO = "micro", "微站"


class Network(models.Model):
    """A monitoring network (监测网络): stations of one medium that are planned and judged together."""

    name = models.CharField("网络名称", max_length=60, unique=True)
    medium = models.CharField(
        "要素", max_length=20, default="air",
        choices=[
            ("air", "环境空气"), ("water", "地表水"), ("groundwater", "地下水"), ("sea", "海水"), ("noise", "声环境"), ("soil", "土壤"),
            ("wastewater", "废水排放口"), ("flue", "废气排放口"),
        ],
    )  # fmt: skip
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "监测网络"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StationQuerySet(ScopedQuerySet):
    def in_use(self, day) -> StationQuerySet:
        """Stations in use on `day`."""
        begun = models.Q(since=None) | models.Q(since__lte=day)
        return self.filter(begun & (models.Q(until=None) | models.Q(until__gte=day)))

    def ambient(self) -> StationQuerySet:
        """Stations of the environment, outlets of sources left out."""
        return self.exclude(network__medium__in=OUTLETS)


class Station(Scoped):
    """One place that is measured (站点)."""

    code = models.CharField("站点编号", max_length=40, unique=True)
    name = models.CharField("站点名称", max_length=60)
    network = models.ForeignKey(Network, models.PROTECT, related_name="stations", verbose_name="监测网络")
    level = models.CharField("级别", max_length=10, choices=Level.choices, default=Level.TOWN)
    area = models.ForeignKey("base.Area", models.PROTECT, related_name="stations", verbose_name="责任区域")
    responsible = models.ForeignKey(
        "base.Organisation", models.PROTECT, null=True, blank=True, related_name="stations", verbose_name="责任单位"
    )
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    items = models.JSONField("监测项目", default=list, blank=True)
    body = models.CharField("水体类型", max_length=10, blank=True, choices=[("river", "河流"), ("lake", "湖库")])
    target = models.CharField("目标类别或功能区", max_length=20, blank=True)  # 水质目标 Ⅲ、声功能区 2类
    since = models.DateField("启用日期", null=True, blank=True)
    until = models.DateField("停用日期", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    scope_organisations = ("responsible",)
    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = "站点"
        ordering = ["code"]
        permissions = [("manage_station", "管理站点"), ("manage_boundary", "管理区划边界")]

    def __str__(self) -> str:
        return self.name

    def measures(self, symbol: str) -> bool:
        """Whether the item is in this station's plan; an empty list means the six of ambient air."""
        return symbol in self.measured

    @property
    def measured(self) -> tuple[str, ...]:
        """Items of the station's plan, in the order of the standard; without a plan the six of air, or all of another medium."""
        return tuple(self.items) or (items.AIR if self.network.medium == "air" else items.symbols(self.network.medium))

    @property
    def is_outlet(self) -> bool:
        """Whether it is an outlet of a pollution source (排放口)."""
        return self.network.medium in OUTLETS

    @property
    def unplanned(self) -> tuple[str, ...]:
        """The six items less those of the station's plan: that they are missing holds no AQI back (HJ 633—2026 5.3.2)."""
        return tuple(i for i in items.AIR if not self.measures(i))


class Outlet(models.Model):
    """What an outlet is beyond a station (排放口): whose it is, its permit, and its limits, each from its day on."""

    station = models.OneToOneField(Station, models.CASCADE, related_name="outlet", verbose_name="站点")
    firm = models.CharField("排污单位", max_length=80)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)  # key of the register entry of the source
    permit = models.CharField("排污许可证编号", max_length=40, blank=True)
    number = models.CharField("排放口编号", max_length=20, blank=True)  # DW001, DA001
    oxygen = models.FloatField("基准含氧量", null=True, blank=True)  # [%] of the kind of plant; flue gas only
    limits = models.JSONField("排放限值", default=list, blank=True)  # [{item, low, high, basis, since, of}], `since` "": from the beginning

    class Meta:
        verbose_name = "排放口"

    def __str__(self) -> str:
        return f"{self.firm}{self.number}"

    def limits_on(self, day, of: str = "") -> dict[str, dict]:
        """The limits in force on a day, by item: the last that began by then, none where that one lifted it.

        of : ``""`` of the mean the medium is held against, ``"day"`` of the day mean besides, ``"rate"`` of the emission rate [kg/h]
        """
        found: dict[str, dict] = {}
        for row in sorted(self.limits, key=lambda r: r["since"]):
            if row["since"] <= day.isoformat() and row.get("of", "") == of:
                found[row["item"]] = row
        return {i: r for i, r in found.items() if r["low"] is not None or r["high"] is not None}


class Device(models.Model):
    """A data logger and how it speaks (设备档案): what its numbers and hour labels mean is written here, never guessed."""

    class Label(models.TextChoices):
        START = "start", "时段起点"
        END = "end", "时段终点"

    mn = models.CharField("设备编号 MN", max_length=60, unique=True)
    station = models.ForeignKey(Station, models.PROTECT, null=True, blank=True, related_name="devices", verbose_name="所属站点")
    protocol = models.CharField(
        "协议版本", max_length=4, default="2017", choices=[("2005", "HJ/T 212—2005"), ("2017", "HJ 212—2017"), ("2025", "HJ 212—2025")]
    )
    sealed_password = models.TextField("访问密码", blank=True)  # base.secrets; read and set as `password`
    units = models.JSONField("因子单位", default=dict, blank=True)  # {"a34004": "µg/m³"}: the unit it sends
    label = models.CharField("时间标签", max_length=5, choices=Label.choices, default=Label.START)  # HJ 212—2017: start of the period
    minutes = models.PositiveSmallIntegerField("分钟数据间隔", default=1)  # [min] one 2051 record stands for
    seconds = models.PositiveSmallIntegerField("实时数据间隔", default=5)  # [s] between 2011 records
    factors = models.JSONField("因子对照", default=dict, blank=True)  # {code: [{item, unit, factor, from, to}]}; see sites.factors
    admitted = models.BooleanField("准入", default=False)
    admitted_at = models.DateTimeField("准入时间", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        verbose_name = "设备"
        ordering = ["mn"]
        permissions = [("admit_device", "准入设备")]

    def __str__(self) -> str:
        return self.mn

    @property
    def password(self) -> str:
        """The password its packets carry; Refused where another installation's key sealed it."""
        return secrets.unseal(self.sealed_password)

    @password.setter
    def password(self, text: str) -> None:
        try:
            if text == self.password:
                return
        except Refused:
            pass
        self.sealed_password = secrets.seal(text)


class Boundary(models.Model):
    """One upload of area boundaries (区划边界): whose map it is, and its review number (审图号)."""

    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    review_number = models.CharField("审图号", max_length=60, blank=True)
    source = models.CharField("数据来源", max_length=100, blank=True)
    areas = models.PositiveIntegerField("区域数")
    at = models.DateTimeField("上传时间")
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上传人")

    class Meta:
        verbose_name = "区划边界"
        ordering = ["-at"]
