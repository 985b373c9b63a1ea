"""What a photograph says of itself (照片自带的时间、地点), and whether it agrees with what the phone said. Uploads are hostile."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from PIL import Image

GPS_TAGS, CAMERA_TAGS = 0x8825, 0x8769
TAKEN, DIGITISED, CHANGED = 0x9003, 0x9004, 0x0132
HOURS_APART = timedelta(hours=2)
EARTH = 6_371_000.0


@dataclass(frozen=True)
class Told:
    """The camera's own notes: local time, latitude and longitude [°, WGS 84]; None where it wrote none."""

    at: datetime | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Said:
    """What the phone gave when the photo was chosen: its time, position and the error of the position [m]."""

    at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy: float | None = None


def told(data: bytes) -> Told:
    """Read the notes of a JPEG, PNG or WebP; whatever is malformed counts as absent."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            notes = image.getexif()
            camera, gps = notes.get_ifd(CAMERA_TAGS), notes.get_ifd(GPS_TAGS)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, MemoryError, OverflowError, ZeroDivisionError, AttributeError):
        return Told()
    at = next((t for t in map(_moment, (camera.get(TAKEN), camera.get(DIGITISED), notes.get(CHANGED))) if t), None)
    lat, lon = _degrees(gps.get(2), gps.get(1), "S", 90), _degrees(gps.get(4), gps.get(3), "W", 180)
    return Told(at, lat, lon) if lat is not None and lon is not None else Told(at)


def _moment(text) -> datetime | None:
    try:
        return datetime.strptime(str(text).strip("\x00 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _degrees(parts, side, negative: str, limit: float) -> float | None:
    try:
        d, m, s = (float(part) for part in parts)
        value = (d + m / 60 + s / 3600) * (-1 if str(side).strip("\x00 ").upper() == negative else 1)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return round(value, 6) if math.isfinite(value) and abs(value) <= limit else None


def said(note: object) -> Said:
    """The phone's note out of untrusted JSON: ``{"at": "2026-11-27T10:02:11", "lat": …, "lon": …, "accuracy": …}``."""
    if not isinstance(note, dict):
        return Said()
    lat, lon = _number(note.get("lat"), 90), _number(note.get("lon"), 180)
    try:
        at = datetime.fromisoformat(str(note.get("at") or "")[:19])
    except ValueError:
        at = None
    at = at.replace(tzinfo=None) if at else None
    return Said(at, lat, lon, _number(note.get("accuracy"), 1e7)) if lat is not None and lon is not None else Said(at)


def _number(value: object, limit: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= limit else None


def apart(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Distance of two points [m], on a sphere."""
    a, b = math.radians(lat), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def mismatch(photo: Told, phone: Said, first: date, now: datetime, limit: float) -> str:
    """What does not agree, in words; empty where everything known agrees.

    first : the first day the return is about; now : when it was received; limit [m] : how far apart the two places may lie
    """
    found = []
    if photo.at:
        if photo.at.date() < first:
            found.append(f"照片拍于 {photo.at:%Y-%m-%d %H:%M}，早于本期（{first:%Y-%m-%d} 起）")
        elif photo.at > now + HOURS_APART:
            found.append(f"照片时间 {photo.at:%Y-%m-%d %H:%M} 在报送之后，相机时钟可能不准")
        elif phone.at and abs(photo.at - phone.at) > HOURS_APART:
            found.append(f"照片拍于 {photo.at:%m-%d %H:%M}，手机选取时为 {phone.at:%m-%d %H:%M}")
    if photo.lat is not None and phone.lat is not None and photo.lon is not None and phone.lon is not None:
        far = apart(photo.lat, photo.lon, phone.lat, phone.lon)
        if far > limit + (phone.accuracy or 0):
            shown = f"{far / 1000:.1f} 公里" if far >= 1000 else f"{far:.0f} 米"
            found.append(f"照片地点与手机定位相距 {shown}")
    return "；".join(found)[:300]
