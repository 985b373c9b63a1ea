"""What the API answers, typed (字段)."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema


class Area(Schema):
    code: str
    name: str
    level: str = Field(description="district、town、village、group")


class Period(Schema):
    token: str = Field(description="可再用于 period 参数")
    title: str
    start: date
    end: date


class Definition(Schema):
    name: str
    code: str
    title: str
    short: str
    unit: str
    better: str = Field(description="lower 低为好，higher 高为好")
    decimals: int
    definition: str
    basis: str
    verify: list[str] = Field(description="还没有人与原件核对的地方")
    version: int
    medium: str
    source: dict = Field(description="来源的声明，kind 为 observations、register、cases、tasks、reported、formula")
    method: str = Field(description="算法，写给人看")
    url: str


class Comparison(Schema):
    period: Period
    value: float | None
    text: str
    editions: list[str]
    change: float | None
    words: str
    crosses: bool = Field(description="同比是否跨标准换版")
    again: dict | None = Field(None, description="跨换版时两侧按同一版回算：now、then、words")
    note: str


class Input(Schema):
    title: str
    text: str
    url: str
    counted: bool


class Value(Schema):
    indicator: str
    code: str
    title: str
    unit: str
    area: Area | None
    station: str
    period: Period
    value: float | None = Field(description="发布值；为 null 时数据不足，原因在 reason")
    text: str
    computed: str = Field(description="现有数据算得的数，仅供参考")
    reason: str
    capture: float | None = Field(description="捕集率或采样完成率 %")
    valid: int = Field(description="有效天数、采样次数或行数")
    editions: list[str]
    verify: list[str]
    stations: list[str]
    left_out: dict[str, str] = Field(description="没有参加的站点与原因")
    notes: list[str] = Field(description="读这个数要知道的：名单里谁没有结果、按哪一版名单、营养状态等")
    last_year: Comparison | None
    run: str = Field(description="所据输入、标准、程序的指纹")
    number: str = Field("", description="评价批次号，detail=true 时给出")
    inputs: list[Input] = Field([], description="由哪些得出，detail=true 时给出，只含可见范围内的")
    url: str


class Values(Schema):
    indicator: Definition
    period: Period
    values: list[Value]


class Run(Schema):
    number: str
    identity: str
    kind: str
    start: date
    end: date
    stations: list[str]
    editions: list[str]
    verify: list[str]
    code_version: str
    table_version: int
    sequence: int
    input_hash: str
    result_hash: str
    rows: int
    made: datetime
    definition: dict | None


class Ranking(Schema):
    scheme: str
    title: str
    period: Period
    version: int
    published: datetime
    by: str
    basis: str
    run: str
    result_hash: str
    table: dict


class Trouble(Schema):
    detail: str
