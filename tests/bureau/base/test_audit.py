"""The trail: who, when, from where, before and after; sealed, append-only, and honest about tampering."""

from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from qingshan.bureau.base import audit, guards
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent, AuditHead


@pytest.fixture
def three(chief, bureau):
    with audit.source(chief, "10.1.2.3"):
        for n in range(3):
            audit.record(chief, "更改区划", bureau.district, {"name": "青川区", "code": "990100"}, {"name": f"青川{n}区", "code": "990100"})
    return list(AuditEvent.objects.order_by("pk"))[-3:]


def tamper(sql: str, *args) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER base_auditevent_no_update")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE base_auditevent DISABLE TRIGGER base_auditevent_keep")
        cursor.execute(sql, args)


def test_an_event_says_who_when_where_and_only_what_changed(three, chief):
    event = three[0]
    assert (event.by, event.by_name, event.address) == (chief, "周敏", "10.1.2.3")
    assert event.before == {"name": "青川区"}
    assert event.after == {"name": "青川0区"}
    assert event.object_type == "base.area"


def test_an_untouched_trail_is_whole(three):
    verdict = audit.verify()
    assert verdict.is_whole
    assert verdict.count == AuditEvent.objects.count()


def test_a_changed_value_is_found(three):
    tamper("UPDATE base_auditevent SET by_name = %s WHERE id = %s", "别人", three[1].pk)
    verdict = audit.verify()
    assert not verdict.is_whole
    assert f"第 {three[1].pk} 号" in verdict.sentence


def test_a_missing_middle_is_found(three):
    guards.allow_emptying(connection)
    tamper("DELETE FROM base_auditevent WHERE id = %s", three[1].pk)
    assert not audit.verify().is_whole


def test_a_missing_end_is_found(three):
    guards.allow_emptying(connection)
    tamper("DELETE FROM base_auditevent WHERE id = %s", three[2].pk)
    assert "末尾有记录被删除" in audit.verify().sentence


def test_the_model_refuses_change_and_deletion(three):
    for change in (three[0].save, three[0].delete, AuditEvent.objects.all().delete, lambda: AuditEvent.objects.update(by_name="x")):
        with pytest.raises(Refused):
            change()


@pytest.mark.parametrize("sql", ["UPDATE base_auditevent SET by_name = 'x'", "DELETE FROM base_auditevent"])
def test_the_database_refuses_change_and_deletion(three, sql):
    guards.install(connection)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_event_undone_with_its_transaction_leaves_the_chain_whole(three, chief):
    count = AuditHead.objects.get(pk=1).count

    @transaction.atomic
    def fail():
        audit.record(chief, "办不成的事", "对象")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert AuditHead.objects.get(pk=1).count == count
    assert audit.verify().is_whole


def test_the_command_prints_the_verdict(three, capsys):
    call_command("verify_audit")
    assert "封印完好" in capsys.readouterr().out


def test_the_command_fails_where_the_trail_was_changed(three):
    tamper("UPDATE base_auditevent SET action = 'x' WHERE id = %s", three[0].pk)
    with pytest.raises(SystemExit):
        call_command("verify_audit")


def test_the_page_shows_before_and_after_and_filters(as_, chief, three):
    page = as_(chief).get("/audit/", {"q": "周敏", "action": "更改区划", "verify": "1"}).content.decode()
    assert "<del>青川区</del>" in page
    assert "青川2区" in page
    assert "封印完好" in page
    assert "没有符合条件的记录" in as_(chief).get("/audit/", {"q": "没有此人"}).content.decode()
    assert as_(chief).get("/audit/", {"since": "不是日期", "page": "x"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_keep_one_chain():
    if connection.vendor == "sqlite":
        pytest.skip("内存中的 SQLite 只有一个连接；在 PostgreSQL 上核对")

    def write(n: int) -> None:
        try:
            for i in range(10):
                audit.record(None, "并发", f"对象 {n}-{i}")
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    verdict = audit.verify()
    assert (verdict.is_whole, verdict.count) == (True, 60)
