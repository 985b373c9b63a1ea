from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "qingshan.bureau.base"
    label = "base"
    verbose_name = "基座"

    def ready(self):
        from qingshan.bureau.base import declared, pages  # noqa: F401 - kinds and pages register themselves
