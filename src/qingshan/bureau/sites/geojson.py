"""Boundaries as a bureau gives them: GeoJSON read with suspicion (区划边界)."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

import shapely
from shapely.geometry import mapping, shape

MAX_BYTES = 20_000_000
MAX_FEATURES = 2_000
MAX_POINTS = 500_000
MAX_DEPTH = 12
KEPT_POINTS = 20_000  # drawn on the page: simplified until no more than this
NAMES = ("name", "NAME", "名称", "乡镇", "XZQMC", "xzqmc")
CODES = ("code", "adcode", "编码", "XZQDM", "xzqdm")


class GeometryRefused(ValueError):
    """A boundary file that cannot be taken; the message says what and where."""


@dataclass(frozen=True)
class Outline:
    """One area of the file: its name, code and checked geometry (lon/lat degrees)."""

    name: str
    code: str
    geometry: dict
    repaired: bool


def read(data: bytes) -> list[Outline]:
    """Areas of a GeoJSON FeatureCollection; raises GeometryRefused with the feature and the reason.

    Coordinates are longitude, latitude in degrees (CGCS2000 or WGS-84) inside China; self-crossing
    rings are repaired and said so; anything else that is wrong is refused whole.
    """
    if len(data) > MAX_BYTES:
        raise GeometryRefused(f"文件 {len(data) / 1e6:.1f} MB，超过 {MAX_BYTES / 1e6:.0f} MB；请先抽稀再上传")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GeometryRefused("不是 UTF-8 文本；请另存为 UTF-8 编码的 GeoJSON") from None
    if _depth(text) > MAX_DEPTH:
        raise GeometryRefused(f"括号嵌套超过 {MAX_DEPTH} 层，不是正常的 GeoJSON")
    try:
        whole = json.loads(text, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as wrong:
        where = f"第 {wrong.lineno} 行第 {wrong.colno} 列" if isinstance(wrong, json.JSONDecodeError) else ""
        raise GeometryRefused(f"不是 JSON：{where}读不下去；请确认文件是 GeoJSON") from None
    if not isinstance(whole, dict) or whole.get("type") != "FeatureCollection" or not isinstance(whole.get("features"), list):
        raise GeometryRefused('不是 GeoJSON 的 FeatureCollection：最外层须有 "type": "FeatureCollection" 和 "features"')
    features = whole["features"]
    if not features:
        raise GeometryRefused("文件里没有一个区域")
    if len(features) > MAX_FEATURES:
        raise GeometryRefused(f"文件有 {len(features)} 个区域，超过 {MAX_FEATURES} 个")
    outlines, points = [], 0
    for number, feature in enumerate(features, 1):
        outline, count = _feature(number, feature)
        points += count
        if points > MAX_POINTS:
            raise GeometryRefused(f"坐标点超过 {MAX_POINTS} 个；请先抽稀再上传")
        outlines.append(outline)
    return _thin(outlines, points)


def _refuse_constant(name: str):
    raise GeometryRefused(f"坐标里有 {name}，不是数")


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside strings, found without parsing."""
    deepest = depth = 0
    for c in re.findall(r"[\[{\]}]", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        depth += 1 if c in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _feature(number: int, feature) -> tuple[Outline, int]:
    """One feature, checked; with how many points it has."""
    where = f"第 {number} 个区域"
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        raise GeometryRefused(f"{where}没有 geometry")
    properties = feature.get("properties") if isinstance(feature.get("properties"), dict) else {}
    name = next((str(properties[k]).strip() for k in NAMES if properties.get(k)), "")
    code = next((str(properties[k]).strip() for k in CODES if properties.get(k)), "")
    if not name and not code:
        raise GeometryRefused(f"{where}没有名称或编码；properties 里须有 {'、'.join(NAMES[:3])} 或 {'、'.join(CODES[:2])} 之一")
    if len(name) > 60 or len(code) > 20:
        raise GeometryRefused(f"{where}的名称或编码过长")
    where += f"“{name or code}”"
    kind = feature["geometry"].get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise GeometryRefused(f"{where}是 {kind}，须是 Polygon 或 MultiPolygon")
    try:
        geometry = shape({"type": kind, "coordinates": feature["geometry"].get("coordinates")})
    except Exception:  # shapely raises many kinds on hostile coordinates
        raise GeometryRefused(f"{where}的坐标不成多边形；每圈至少 4 个点，每点是 [经度, 纬度]") from None
    points = shapely.get_coordinates(geometry)
    if geometry.is_empty or not len(points):
        raise GeometryRefused(f"{where}没有坐标")
    west, south, east, north = geometry.bounds
    if not all(map(math.isfinite, geometry.bounds)):
        raise GeometryRefused(f"{where}的坐标里有不是数的值")
    if not (west >= 73 and east <= 136 and south >= 3 and north <= 54):
        hint = "像是纬度在前，请改为 [经度, 纬度]" if 73 <= south <= 136 and 3 <= west <= 54 else "请确认是经纬度，不是投影坐标（米）"
        raise GeometryRefused(f"{where}的坐标 ({west:.3f}, {south:.3f}) 不在中国范围内；{hint}")
    repaired = not geometry.is_valid
    if repaired:
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        if geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
            raise GeometryRefused(f"{where}的边界自相交，修不好：{shapely.is_valid_reason(geometry)}")
    return Outline(name, code, mapping(shapely.force_2d(geometry)), repaired), len(points)


def _thin(outlines: list[Outline], points: int) -> list[Outline]:
    """The same areas simplified together, so that neighbours keep one common border, and coordinates to about 1 m."""
    shapes = [shape(o.geometry) for o in outlines]
    tolerance = 0.0
    while points > KEPT_POINTS and tolerance < 0.02:
        tolerance = tolerance * 2 or 0.00005
        shapes = list(shapely.coverage_simplify(shapes, tolerance))
        points = sum(len(shapely.get_coordinates(s)) for s in shapes)
    shapes = list(shapely.set_precision(shapes, 0.00001))
    return [Outline(o.name, o.code, json.loads(shapely.to_geojson(s)), o.repaired) for o, s in zip(outlines, shapes)]
