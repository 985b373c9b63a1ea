from django.core.management.base import BaseCommand

from qingshan.bureau.base.packs import page


class Command(BaseCommand):
    help = "列出制度包各种声明的键（docs/declarations.md）"
    requires_system_checks = ()

    def handle(self, *args, **options):
        self.stdout.write(page.text(), ending="")
