"""``qingshan manage api_token USERNAME NAME``: make a token for a person, such as the account of another system."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from qingshan.bureau.api import actions
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person


class Command(BaseCommand):
    help = "给一个人（或对接系统的账号）生成接口令牌，只显示这一次"

    def add_arguments(self, parser):
        parser.add_argument("username", help="登录名")
        parser.add_argument("name", help="用途，如 大屏取数")
        parser.add_argument("--days", type=int, default=180, help="有效天数，默认 180")

    def handle(self, *args, **options):
        person = Person.objects.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"没有登录名“{options['username']}”")
        try:
            made, secret = actions.make_token(options["name"], by=None, person=person, days=options["days"])
        except (Refused, PermissionDenied) as no:
            raise CommandError(str(no)) from None
        self.stdout.write(secret)
        self.stderr.write(f"{person} 的令牌“{made.name}”，有效期至 {made.expires:%Y-%m-%d}；只显示这一次")
