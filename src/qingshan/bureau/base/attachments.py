"""Keeping uploads (附件): typed by their first bytes, measured, stored once under their SHA-256."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from PIL import Image, ImageOps

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Attachment, Person
from qingshan.bureau.base.scope import Scoped
from qingshan.terms.registry import Registry

PIXELS = 60_000_000
TOO_MANY = f"“{{}}”超过 {PIXELS // 10_000:,} 万像素，太大，请用手机原图或缩小后再传"
THUMBNAIL = (480, 480)
LIMITS = {"image": 20 * 2**20, "document": 30 * 2**20, "sheet": 30 * 2**20}
WORDS = {"image": "照片（JPEG、PNG、WebP）", "document": "文档（PDF、Word、txt）", "sheet": "表格（xlsx、csv）"}
OFFICE = "application/vnd.openxmlformats-officedocument."

owners: Registry[Callable[[Person, str], bool]] = Registry("附件归属")


def keep(
    upload: UploadedFile, by: Person, kinds: tuple[str, ...] = ("image", "document", "sheet"), owner: models.Model | None = None
) -> Attachment:
    """Check an upload and keep it; Refused says what is wrong with it. `owner` decides who may read it (``give`` does so later)."""
    name = PurePosixPath((upload.name or "").replace("\\", "/")).name.replace("\x00", "")[-200:] or "未命名"
    limit = max(LIMITS[kind] for kind in kinds)
    if upload.size is None or upload.size > limit:
        raise Refused(f"“{name}”有 {_mb(upload.size or 0)}，超过 {_mb(limit)}，请压缩或拆分后再传", field="file", status=413)
    upload.seek(0)
    data = upload.read(limit + 1)
    if not data:
        raise Refused(f"“{name}”是空文件，请检查后重新选择", field="file", status=400)
    kind, content_type = sniff(data, name)
    if kind not in kinds:
        there = "、".join(WORDS[k] for k in kinds)
        raise Refused(f"“{name}”不是可收的类别；这里收{there}", field="file", status=415)
    if len(data) > LIMITS[kind]:
        raise Refused(f"“{name}”有 {_mb(len(data))}，{WORDS[kind]}至多 {_mb(LIMITS[kind])}", field="file", status=413)
    width = height = None
    small = b""
    if kind == "image":
        width, height, small = _look(data, name)
    attachment = Attachment(
        sha256=_store(data), name=name, kind=kind, content_type=content_type, size=len(data), width=width, height=height,
        thumbnail=_store(small) if small else "", by=by, at=clock.now(),
    )  # fmt: skip
    with transaction.atomic():
        if owner is not None:
            attachment.owner_type, attachment.owner_id = owner._meta.label_lower, str(owner.pk)
        attachment.save()
        audit.record(by, "上传附件", attachment, None, {"name": name, "sha256": attachment.sha256, "size": attachment.size})
    return attachment


def _mb(size: int) -> str:
    return f"{size / 2**20:.1f} MB".replace(".0 ", " ")


def give(attachment: Attachment, owner: models.Model) -> Attachment:
    """Attach to its owner; an attachment has one, for good."""
    label, pk = owner._meta.label_lower, str(owner.pk)
    if attachment.owner_type and (attachment.owner_type, attachment.owner_id) != (label, pk):
        raise Refused(f"附件“{attachment}”已属于另一事项，请重新上传")
    attachment.owner_type, attachment.owner_id = label, pk
    attachment.save(update_fields=["owner_type", "owner_id"])
    return attachment


def of(owner: models.Model) -> models.QuerySet[Attachment]:
    """The attachments of `owner`, oldest first."""
    return Attachment.objects.filter(owner_type=owner._meta.label_lower, owner_id=str(owner.pk))


def may_read(person: Person, attachment: Attachment) -> bool:
    """True where the person may see the owner: by the owner's registered check, else by its scope; unowned, the uploader only."""
    if not attachment.owner_type:
        return attachment.by_id == person.pk
    if attachment.owner_type in owners:
        return owners[attachment.owner_type](person, attachment.owner_id)
    model = apps.get_model(attachment.owner_type)
    return issubclass(model, Scoped) and model.objects.within(person).filter(pk=attachment.owner_id).exists()


def path_of(sha256: str) -> Path:
    """Where the bytes of a fingerprint lie."""
    return settings.ATTACHMENTS_FOLDER / sha256[:2] / sha256


def read(attachment: Attachment) -> bytes:
    """The original bytes, checked against their fingerprint."""
    data = path_of(attachment.sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != attachment.sha256:
        raise Refused(f"附件“{attachment}”的内容与指纹不符，可能被改动过，请联系管理员", status=500)
    return data


def sniff(data: bytes, name: str) -> tuple[str, str]:
    """Kind and content type by the first bytes; the name only tells plain text apart. ("", "") where it is none of ours."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image", "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image", "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image", "image/webp"
    if data.startswith(b"%PDF-"):
        return "document", "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    suffix = name.rsplit(".", 1)[-1].lower()
    if suffix in ("txt", "csv") and _is_text(data):
        return ("sheet", "text/csv") if suffix == "csv" else ("document", "text/plain")
    return "", ""


def _office(data: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            if len(infos) > 5000 or sum(info.file_size for info in infos) > 300 * 2**20 or any("vbaProject" in n for n in names):
                return "", ""
    except zipfile.BadZipFile:
        return "", ""
    if "word/document.xml" in names:
        return "document", OFFICE + "wordprocessingml.document"
    if "xl/workbook.xml" in names:
        return "sheet", OFFICE + "spreadsheetml.sheet"
    return "", ""


def _is_text(data: bytes) -> bool:
    if b"\x00" in data:
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
            return True
        except UnicodeDecodeError:
            continue
    return False


def _look(data: bytes, name: str) -> tuple[int, int, bytes]:
    """Size as seen (orientation applied) and a small JPEG without any of the camera's notes (GPS among them)."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > PIXELS:
                raise Refused(TOO_MANY.format(name), field="file", status=413)
            image.draft("RGB", THUMBNAIL)
            width, height = _oriented(image, data)
            small = ImageOps.exif_transpose(image).convert("RGB")
            small.thumbnail(THUMBNAIL)
            out = io.BytesIO()
            small.save(out, "JPEG", quality=82)
            return width, height, out.getvalue()
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused(TOO_MANY.format(name), field="file", status=413) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise Refused(f"“{name}”不是完好的图片，打不开，请重新拍照或另存后再传", field="file", status=400) from None


def _oriented(image: Image.Image, data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as whole:
        width, height = whole.size
        turned = whole.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (height, width) if turned else (width, height)


def _store(data: bytes) -> str:
    """Write once under the fingerprint, whole or not at all."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    return sha256
