from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "qingshan.bureau.notices"
    label = "notices"
    verbose_name = "消息"

    def ready(self) -> None:
        from qingshan.bureau.base import duties
        from qingshan.bureau.notices import declared, frame, outbox  # noqa: F401  (what they declare is registered on import)

        duties.register("notices.deliver", "发送消息", 10, outbox.start)
