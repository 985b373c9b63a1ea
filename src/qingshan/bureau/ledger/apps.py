from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "qingshan.bureau.ledger"
    label = "ledger"
    verbose_name = "计划台账"

    def ready(self) -> None:
        from qingshan.bureau.ledger import declared, entries  # noqa: F401
