"""``qingshan init``: makes the data folder ready: database, declarations, roles, and someone who may sign in."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, type=Path, help="数据目录")
    parser.add_argument("--name", default="", help="区县名称，例如 青川区")
    parser.add_argument("--code", default="", help="区县代码（GB/T 2260 六位）")


def run(options: argparse.Namespace) -> int:
    prepare(options.data)
    from qingshan.bureau.base.models import Person

    if not Person.objects.exists():
        first_people(options.name, options.code)
    return 0


def prepare(data: Path) -> None:
    """Django on this data folder, its database migrated and its declarations read; harmless to repeat."""
    data.mkdir(parents=True, exist_ok=True)
    os.environ["QINGSHAN_DATA"] = str(data.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from qingshan.bureau.base import audit, packs, roles

    try:
        with audit.source(None, "init"):
            roles.sync()
    except packs.PackFaults as faults:
        sys.exit(f"声明有误，没有启动：\n{faults}")


def first_people(name: str, code: str) -> None:
    """An administrator with a one-time password; with `name` and `code` also the district and its bureau."""
    from django.contrib.auth.models import Group

    from qingshan.bureau.base import audit
    from qingshan.bureau.base.models import Area, Organisation, Person

    bureau = None
    if name and code:
        area = Area.objects.create(code=code, name=name, level=Area.Level.DISTRICT)
        bureau = Organisation.objects.create(name=f"{name}生态环境局", kind=Organisation.Kind.BUREAU, area=area)
    password = f"Qs-{secrets.token_hex(2)}-{secrets.token_hex(3)}"
    person = Person.objects.create_user("admin", password=password, name="系统管理员", organisation=bureau, must_change_password=True)
    person.groups.set(Group.objects.filter(name="administrator"))
    audit.record(None, "新增人员", person, None, {"roles": ["administrator"]})
    print(f"已开一个空的局。第一个账号：admin　一次性密码：{password}（登录后须立即更改）", flush=True)
