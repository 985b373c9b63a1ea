"""Boundaries: good files land on their areas; hostile ones are refused whole, with what and where."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.sites import actions, geojson
from qingshan.bureau.sites.models import Boundary

SQUARE = [[116.5, 40.3], [116.6, 40.3], [116.6, 40.4], [116.5, 40.4], [116.5, 40.3]]


def collection(*rings, name="石门镇", kind="Polygon") -> bytes:
    features = [{"type": "Feature", "properties": {"name": name}, "geometry": {"type": kind, "coordinates": [r]}} for r in rings]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "不是 JSON"),
        (b"\xff\xfe\x00\x01", "不是 UTF-8"),
        (b"[1,2", "不是 JSON"),
        (b"[" * 100_000, "嵌套超过"),
        (b'{"type": "FeatureCollection", "features": []}', "没有一个区域"),
        (b'{"type": "Topology"}', "不是 GeoJSON 的 FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": [7]}', "第 1 个区域没有 geometry"),
        (collection(SQUARE, name=""), "没有名称或编码"),
        (collection(SQUARE, kind="LineString"), "是 LineString，须是 Polygon"),
        (collection([[116.5, 40.3], [116.6, 40.3]]), "坐标不成多边形"),
        (collection([["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]), "坐标不成多边形"),
        (collection([[y, x] for x, y in SQUARE]), "像是纬度在前"),
        (collection([[x * 1e5, y * 1e5] for x, y in SQUARE]), "不是投影坐标"),
        (collection(SQUARE).replace(b"116.5", b"NaN"), "NaN，不是数"),
        (collection(SQUARE).replace(b"116.5", b"1e999"), "不"),
        (json.dumps({"type": "FeatureCollection", "features": [{}] * 2001}).encode(), "超过 2000 个"),
        (b'{"type": "FeatureCollection", "features": "' + b"x" * 20_000_001 + b'"}', "超过 20 MB"),
    ],
)
def test_a_hostile_file_is_refused_in_words(data, said):
    with pytest.raises(geojson.GeometryRefused, match=said):
        geojson.read(data)


def test_a_self_crossing_ring_is_repaired_and_said_so():
    bow = [[116.5, 40.3], [116.6, 40.4], [116.6, 40.3], [116.5, 40.4], [116.5, 40.3]]
    (outline,) = geojson.read(collection(bow))
    assert outline.repaired
    assert outline.geometry["type"] in ("Polygon", "MultiPolygon")


def test_brackets_inside_names_are_not_depth():
    (outline,) = geojson.read(collection(SQUARE, name='镇"[[[[[[[[[[[[[[[['))
    assert outline.name.startswith("镇")


@pytest.mark.django_db
def test_outlines_land_on_areas_by_name_alias_or_code(bureau, clerk):
    right = [[x + 0.1, y] for x, y in SQUARE]
    features = json.loads(collection(SQUARE, name="石门地区"))["features"]
    features += [{"type": "Feature", "properties": {"code": "990102"}, "geometry": {"type": "Polygon", "coordinates": [right]}}]
    features += [{"type": "Feature", "properties": {"name": "邻县某镇"}, "geometry": {"type": "Polygon", "coordinates": [right]}}]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    boundary, unmatched, repaired = actions.take_boundaries("towns.geojson", data, by=clerk, review_number="京S(2026)001号")
    assert (boundary.areas, unmatched, repaired) == (2, ["邻县某镇"], [])
    for name in ("石门镇", "柳泉镇"):
        bureau.towns[name].refresh_from_db()
        assert bureau.towns[name].geometry["type"] == "Polygon"
    assert Boundary.objects.get().review_number == "京S(2026)001号"


@pytest.mark.django_db
def test_a_file_that_fits_no_area_changes_nothing(bureau, clerk):
    with pytest.raises(Refused, match="对不上"):
        actions.take_boundaries("x.geojson", collection(SQUARE, name="外地镇"), by=clerk)
    assert not Boundary.objects.exists()


@pytest.mark.django_db
def test_only_those_who_may_change_boundaries(bureau, town_person):
    with pytest.raises(PermissionDenied):
        actions.take_boundaries("x.geojson", collection(SQUARE), by=town_person)
