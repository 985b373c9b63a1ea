from django.core.management.base import BaseCommand, CommandError

from qingshan.bureau.base import packs, roles


class Command(BaseCommand):
    help = "按制度包同步角色与权限；可反复运行"

    def handle(self, *args, **options):
        try:
            changed = roles.sync()
        except packs.PackFaults as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"已同步：{'、'.join(changed)}" if changed else "角色与制度包一致，没有改动")
