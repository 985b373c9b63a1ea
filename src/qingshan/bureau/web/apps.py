from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "qingshan.bureau.web"
    label = "web"
    verbose_name = "页面"

    def ready(self) -> None:
        from qingshan.bureau.base import frame

        frame.nav("cockpit", "驾驶舱", "web:cockpit", order=1, prefix="/", alone=True)
