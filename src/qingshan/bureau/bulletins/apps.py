from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "qingshan.bureau.bulletins"
    label = "bulletins"
    verbose_name = "通报"

    def ready(self) -> None:
        from django.db.models import Q

        from qingshan.bureau.base import attachments, frame, trail
        from qingshan.bureau.bulletins import declared, found, house  # noqa: F401
        from qingshan.bureau.bulletins.models import Issue

        @attachments.owners.add("bulletins.issue")
        def may_read(person, owner_id: str) -> bool:
            return Issue.objects.within(person).filter(pk=owner_id).exists()

        frame.nav("bulletins", "通报编发", "bulletins:issues", order=10, prefix="/bulletins/")
        frame.search("通报", found.search)
        frame.work("通报", found.waiting)
        trail.rows("bulletins", Issue, Issue.FROZEN, Q(published__isnull=False))
