from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "qingshan.bureau.api"
    label = "api"
    verbose_name = "接口"

    def ready(self) -> None:
        from qingshan.bureau.base import frame

        frame.nav("settings", "接口令牌", "tokens:tokens", order=94, may="api.hold_token")
