from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "qingshan.bureau.registers"
    label = "registers"
    verbose_name = "登记册"

    def ready(self):
        from qingshan.bureau.base.countable import providers
        from qingshan.bureau.registers import declared, frame  # noqa: F401 - what they declare is registered on import
        from qingshan.bureau.registers.countable import countables

        providers.add("registers")(countables)
