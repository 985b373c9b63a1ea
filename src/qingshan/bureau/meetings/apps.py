from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "qingshan.bureau.meetings"
    label = "meetings"
    verbose_name = "会议"

    def ready(self) -> None:
        from qingshan.bureau.meetings import declared, frame, linked  # noqa: F401  (what they declare is registered on import)
