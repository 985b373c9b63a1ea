from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "qingshan.bureau.api"
    label = "api"
    verbose_name = "接口"

    def ready(self) -> None:
        from qingshan.bureau.api import push
        from qingshan.bureau.base import duties, frame

        frame.nav("settings", "接口令牌", "tokens:tokens", order=94, may="api.hold_token")
        frame.nav("settings", "推送令牌", "tokens:push", order=95, may="api.manage_push")
        frame.nav("settings", "开放站点", "tokens:open_stations", order=96, may="api.open_station")
        duties.register("api.sweep_pushes", "清理推送记录", 6 * 3600, push.sweep, after=1)
