from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "qingshan.bureau.monitor"
    label = "monitor"
    verbose_name = "监测与报警"

    def ready(self):
        # what they declare is registered on import
        from qingshan.bureau.monitor import case_values, checks, declared, drops, frame, linked, topics, work  # noqa: F401
