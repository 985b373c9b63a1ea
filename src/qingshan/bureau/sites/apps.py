from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "qingshan.bureau.sites"
    label = "sites"
    verbose_name = "站点与设备"

    def ready(self) -> None:
        from qingshan.bureau.base.countable import providers
        from qingshan.bureau.sites.countable import countables

        providers.add("sites")(countables)
