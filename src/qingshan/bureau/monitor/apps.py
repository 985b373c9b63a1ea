from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "qingshan.bureau.monitor"
    label = "monitor"
    verbose_name = "监测与报警"

    def ready(self):
        from django.db.models import Q

        from qingshan.bureau.base import trail

        # what they declare is registered on import
        from qingshan.bureau.monitor import case_values, checks, counted, declared, drops, frame, linked, topics, work  # noqa: F401
        from qingshan.bureau.monitor.models import Mark, MarkReview

        filed = ("station_id", "kind", "items", "start", "end", "source", "reason", "evidence_id", "lead_id", "by_id", "at")
        trail.rows("marks", Mark, filed, Q(source=Mark.Source.PERSON))  # a device's grows while the device sends it
        trail.rows("mark_reviews", MarkReview)
