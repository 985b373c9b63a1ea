from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "qingshan.bureau.base"
    label = "base"
    verbose_name = "基座"

    def ready(self):
        from qingshan.bureau.base import declared, duties, pages, trail, trail_stores  # noqa: F401 - kinds and pages register themselves
        from qingshan.bureau.base.models import Attachment, AuditEvent

        trail.rows("audit", AuditEvent)
        trail.rows("attachments", Attachment, ("sha256", "name", "kind", "size", "by_id", "at"))
        duties.register("base.seal", "数据存证", trail.EVERY_S, lambda: trail.seal_rows() and None)
        duties.register("base.seal_files", "文件存证", trail.FILES_EVERY_S, lambda: trail.seal([trail.FILES]) and None)
