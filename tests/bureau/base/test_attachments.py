"""Attachments: typed by content, bombs refused, served only within scope."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from qingshan.bureau.base import attachments
from qingshan.bureau.base.errors import Refused


def picture(size=(800, 600), form="JPEG", orientation=None) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    if orientation:
        exif[0x0112] = orientation
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (40.0, 18.0, 0.0)
    Image.new("RGB", size, (90, 120, 100)).save(out, form, exif=exif)
    return out.getvalue()


def archive(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in names.items():
            file.writestr(name, data)
    return out.getvalue()


def up(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_photo_is_kept_sealed_and_its_thumbnail_has_no_place(clerk):
    data = picture(orientation=6)
    kept = attachments.keep(up("整改前.jpg", data), clerk)
    assert (kept.kind, kept.content_type, kept.width, kept.height) == ("image", "image/jpeg", 600, 800)
    assert attachments.read(kept) == data
    small = Image.open(attachments.path_of(kept.thumbnail))
    assert small.height > small.width
    assert not small.getexif()


@pytest.mark.parametrize(
    "name, data, kind",
    [
        ("a.png", picture(form="PNG"), "image"),
        ("a.webp", picture(form="WEBP"), "image"),
        ("a.txt", "青川区要点".encode("gb18030"), "document"),
        ("a.pdf", b"%PDF-1.7\n", "document"),
        ("a.docx", archive({"word/document.xml": b"<w/>"}), "document"),
        ("a.xlsx", archive({"xl/workbook.xml": b"<w/>"}), "sheet"),
        ("photo.txt", picture(), "image"),
    ],
)
def test_the_content_decides_the_kind(clerk, name, data, kind):
    assert attachments.keep(up(name, data), clerk).kind == kind


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("空.jpg", b"", "空文件"),
        ("程序.jpg", b"MZ\x90\x00" + b"\x00" * 100, "不是可收的类别"),
        ("网页.txt", b"\x00<script>", "不是可收的类别"),
        ("网页.html", b"<script>alert(1)</script>", "不是可收的类别"),
        ("画.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是可收的类别"),
        ("坏.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 200, "不是完好的图片"),
        ("断.png", picture(form="PNG")[:400], "不是完好的图片"),
        ("宏.docx", archive({"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"}), "不是可收的类别"),
        ("炸弹.docx", archive({"word/document.xml": b"0" * (310 * 2**20)}), "不是可收的类别"),
        ("坏.docx", b"PK\x03\x04" + b"x" * 50, "不是可收的类别"),
    ],
)
def test_what_is_not_ours_is_refused_in_words(clerk, name, data, words):
    with pytest.raises(Refused, match=words):
        attachments.keep(up(name, data), clerk)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_opened(clerk):
    out = io.BytesIO()
    Image.new("1", (20000, 20000)).save(out, "PNG")
    with pytest.raises(Refused, match="像素"):
        attachments.keep(up("大.png", out.getvalue()), clerk)


def test_a_file_over_the_limit_is_refused(clerk):
    with pytest.raises(Refused, match="超过 20 MB"):
        attachments.keep(up("大.jpg", b"\xff\xd8\xff" + b"0" * (20 * 2**20)), clerk, kinds=("image",))


def test_the_name_is_only_a_name(clerk):
    assert attachments.keep(up("..\\..\\etc\\passwd.txt", b"abc"), clerk).name == "passwd.txt"


def test_the_same_bytes_are_stored_once(clerk, settings):
    a, b = (attachments.keep(up(n, b"abc"), clerk) for n in ("a.txt", "b.txt"))
    assert a.sha256 == b.sha256
    assert len([p for p in settings.ATTACHMENTS_FOLDER.rglob("*") if p.is_file()]) == 1


def test_only_those_who_see_the_owner_read_it(as_, clerk, town_person, stranger, bureau):
    kept = attachments.keep(up("笔录.txt", b"abc"), clerk, owner=bureau.governments["石门镇"])
    answer = as_(town_person).get(f"/files/{kept.pk}/")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"abc"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert as_(stranger).get(f"/files/{kept.pk}/").status_code == 404


def test_an_unowned_upload_is_its_uploaders_alone(as_, clerk, chief):
    kept = attachments.keep(up("a.txt", b"abc"), clerk)
    assert as_(clerk).get(f"/files/{kept.pk}/").status_code == 200
    assert as_(chief).get(f"/files/{kept.pk}/").status_code == 404


def test_an_attachment_has_one_owner_for_good(clerk, bureau):
    kept = attachments.keep(up("a.txt", b"abc"), clerk, owner=bureau.own)
    with pytest.raises(Refused, match="已属于另一事项"):
        attachments.give(kept, bureau.committee)


def test_changed_bytes_are_noticed(clerk):
    kept = attachments.keep(up("a.txt", b"abc"), clerk)
    attachments.path_of(kept.sha256).write_bytes(b"abd")
    with pytest.raises(Refused, match="与指纹不符"):
        attachments.read(kept)
