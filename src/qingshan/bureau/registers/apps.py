from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistersConfig(AppConfig):
    name = "qingshan.bureau.registers"
    label = "registers"
    verbose_name = "登记册"

    def ready(self):
        from qingshan.bureau.base import trail
        from qingshan.bureau.base.countable import providers
        from qingshan.bureau.registers import declared, frame  # noqa: F401 - what they declare is registered on import
        from qingshan.bureau.registers.countable import countables
        from qingshan.bureau.registers.models import Change

        providers.add("registers")(countables)
        trail.rows("register_changes", Change)
        post_migrate.connect(refreshed, sender=self)


def refreshed(**_kept) -> None:
    """After an upgrade the columns kept from the fields are written anew."""
    from qingshan.bureau.base.packs import PackFaults
    from qingshan.bureau.registers import firms, queries
    from qingshan.bureau.registers.models import Entry

    for name in Entry.objects.order_by().values_list("register", flat=True).distinct():
        try:
            firms.refresh(queries.register(name))
        except (LookupError, PackFaults):
            continue  # a register no longer declared keeps what it has; a faulty pack is told at the start
