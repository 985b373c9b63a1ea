from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "qingshan.bureau.web"
    label = "web"
    verbose_name = "页面"
