from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "qingshan.bureau.returns"
    label = "returns"
    verbose_name = "进展报送"

    def ready(self) -> None:
        from qingshan.bureau.ledger import weak as marks
        from qingshan.bureau.returns import declared, doubts, frame  # noqa: F401  (what they declare is registered on import)
        from qingshan.bureau.returns.queries import weak

        marks.provider.add("returns")(weak.standing)
