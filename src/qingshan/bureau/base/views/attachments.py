"""Serving attachments to those who may see what they belong to."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from qingshan.bureau.base import attachments
from qingshan.bureau.base.models import Attachment


def _visible(request: HttpRequest, pk: int) -> Attachment:
    attachment = get_object_or_404(Attachment, pk=pk)
    if not attachments.may_read(request.user, attachment):
        raise Http404
    return attachment


@login_required
@require_GET
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """The original, as a download; never shown inside the page."""
    kept = _visible(request, pk)
    path = attachments.path_of(kept.sha256)
    if not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename=kept.name, content_type=kept.content_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_required
@require_GET
def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """The small picture, without the camera's notes."""
    kept = _visible(request, pk)
    path = attachments.path_of(kept.thumbnail) if kept.thumbnail else None
    if path is None or not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
