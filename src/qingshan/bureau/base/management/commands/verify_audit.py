import sys

from django.core.management.base import BaseCommand

from qingshan.bureau.base import audit


class Command(BaseCommand):
    help = "核验操作记录的封印；不完好时以状态 1 结束"

    def handle(self, *args, **options):
        verdict = audit.verify()
        self.stdout.write(verdict.sentence)
        if not verdict.is_whole:
            sys.exit(1)
