from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "qingshan.bureau.cases"
    label = "cases"
    verbose_name = "事项"

    def ready(self):
        from qingshan.bureau.base import trail
        from qingshan.bureau.base.countable import providers
        from qingshan.bureau.cases import actors, declared, frame, linked  # noqa: F401  (what they declare is registered on import)
        from qingshan.bureau.cases.countable import countables
        from qingshan.bureau.cases.models import CaseEvent, Proof

        providers.add("cases")(countables)
        trail.rows("case_events", CaseEvent)
        trail.rows("proofs", Proof, ("case_id", "kind", "attachment_id", "by_id", "at", "place"))
