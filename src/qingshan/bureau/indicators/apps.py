from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "qingshan.bureau.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from qingshan.bureau.indicators import declared  # noqa: F401
