from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "qingshan.bureau.sites"
    label = "sites"
    verbose_name = "站点与设备"
