"""One fictitious district for all tests of the bureau: 青川区, its towns, organisations and four people.

chief 局长 (leader), clerk 科员 (officer), town_person 石门镇 (town_officer), stranger 外单位 (department_officer, another department).
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from qingshan.bureau.base import guards, packs, roles
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.returns import guards as returns_guards

PASSWORD = "Qc-2026-luse"
TOWNS = {"石门镇": "990101", "柳泉镇": "990102", "竹溪乡": "990103", "城关街道": "990104"}


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    """Every test has its own data folder; passwords are hashed cheaply."""
    settings.DATA_FOLDER = tmp_path
    settings.ATTACHMENTS_FOLDER = tmp_path / "attachments"
    settings.BUREAU_PACKS = tmp_path / "packs"
    settings.DEMO_MARK = tmp_path / "demo.json"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    national = list(settings.PACK_FOLDERS)
    yield tmp_path
    own = tmp_path / "packs"
    if own.exists() or own != settings.BUREAU_PACKS or national != settings.PACK_FOLDERS:
        packs.clear()  # the test had declarations of its own


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """SQLite empties tables with DELETE between transactional tests, which the append-only trigger would refuse."""
    with django_db_blocker.unblock():
        guards.allow_emptying(connection)
        returns_guards.allow_emptying(connection)


@pytest.fixture
def bureau(db) -> SimpleNamespace:
    """Areas and organisations; ``bureau.towns["石门镇"]``, ``bureau.offices["大气科"]``, ``bureau.departments["交通局"]``."""
    district = Area.objects.create(code="990100", name="青川区", level="district")
    towns = {name: Area.objects.create(code=code, name=name, level="town", parent=district) for name, code in TOWNS.items()}
    towns["石门镇"].aliases = ["石门地区"]
    towns["石门镇"].save()
    village = Area.objects.create(code="990101001", name="石门村", level="village", parent=towns["石门镇"])
    make = Organisation.objects.create
    own = make(name="青川区生态环境局", short="区生态环境局", kind="bureau", area=district)
    offices = {
        name: make(name=f"青川区生态环境局{name}", short=name, kind="office", parent=own, area=district)
        for name in ("大气科", "水科", "执法大队", "督办科")
    }
    departments = {
        name: make(name=f"青川区{name}", short=name, kind="department", area=district) for name in ("交通局", "住建局", "农业农村局")
    }
    governments = {
        name: make(name=f"{name}{'办事处' if name.endswith('街道') else '人民政府'}", short=name, kind="town", area=area)
        for name, area in towns.items()
    }
    committee = make(name="区生态文明建设领导小组办公室", short="区生态办", kind="committee", area=district)
    roles.sync()
    return SimpleNamespace(
        district=district, towns=towns, village=village, own=own, offices=offices, departments=departments,
        governments=governments, committee=committee,
    )  # fmt: skip


def make_person(username: str, name: str, organisation: Organisation | None, role: str = "", **more) -> Person:
    """A person with a role, able to sign in with PASSWORD."""
    person = Person.objects.create_user(username, password=PASSWORD, name=name, organisation=organisation, **more)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


@pytest.fixture
def chief(bureau) -> Person:
    return make_person("zhoumin", "周敏", bureau.own, "leader", post="局长")


@pytest.fixture
def clerk(bureau) -> Person:
    return make_person("lixiang", "李响", bureau.offices["大气科"], "officer", post="科员")


@pytest.fixture
def town_person(bureau) -> Person:
    return make_person("luoqiu", "罗秋", bureau.governments["石门镇"], "town_officer", post="网格员")


@pytest.fixture
def stranger(bureau) -> Person:
    return make_person("hechuan", "何川", bureau.departments["农业农村局"], "department_officer", post="科员")


@pytest.fixture
def administrator(bureau) -> Person:
    return make_person("guanli", "管理", bureau.own, "administrator", post="系统管理员")


@pytest.fixture
def as_():
    """``as_(person).get(url)``: a signed-in client of that person."""

    def client_of(person: Person | None) -> Client:
        client = Client()
        if person is not None:
            client.force_login(person)
        return client

    return client_of
