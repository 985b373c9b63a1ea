"""The password a device's packets carry stands sealed in the database, and in clear nowhere."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.sites import actions
from qingshan.bureau.sites.models import Device

MN = "010000A8900016F000169DC0"


def rows() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sites_device")
        return repr(cursor.fetchall())


@pytest.mark.django_db
def test_it_is_sealed_and_read_back_and_not_in_the_trail():
    device, _ = actions.save_device(MN, by=None, password="S3cret")
    sealed = device.sealed_password
    assert "S3cret" not in rows()
    assert Device.objects.get(mn=MN).password == "S3cret"
    actions.save_device(MN, by=None, password="S3cret", note="同一密码")
    assert Device.objects.get(mn=MN).sealed_password == sealed  # saving the same again changes nothing
    actions.save_device(MN, by=None, password="")
    assert Device.objects.get(mn=MN).password == ""
    told = repr(list(AuditEvent.objects.values_list("before", "after")))
    assert "（已设）" in told
    assert "S3cret" not in told
    assert sealed[:20] not in told


@pytest.mark.django_db
def test_with_another_key_it_is_refused_and_can_be_written_anew(settings):
    actions.save_device(MN, by=None, password="S3cret")
    settings.SECRET_KEY = "another" * 8
    with pytest.raises(Refused, match="重新填写"):
        _ = Device.objects.get(mn=MN).password
    actions.save_device(MN, by=None, password="newone")
    assert Device.objects.get(mn=MN).password == "newone"


@pytest.mark.django_db(transaction=True)
def test_the_migration_seals_what_stood_in_clear():
    before, after = [("sites", "0004_outlet_alarms")], [("sites", "0005_sealed_passwords")]
    try:
        MigrationExecutor(connection).migrate(before)
        old = MigrationExecutor(connection).loader.project_state(before).apps.get_model("sites", "Device")
        old.objects.create(mn=MN, password="S3cret")
        assert "S3cret" in rows()
    finally:
        MigrationExecutor(connection).migrate(after)
    assert "S3cret" not in rows()
    assert Device.objects.get(mn=MN).password == "S3cret"
