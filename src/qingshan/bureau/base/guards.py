"""Triggers that keep the audit trail and the sealed entries append-only inside the database as well (只增不改)."""

from __future__ import annotations

TABLE, ENTRIES = "base_auditevent", "base_trailentry"
WORDS = "audit trail is append-only"


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        for action in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {table}_keep ON {table}",
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keep()",
    ]


def install(connection, table: str = TABLE) -> None:
    """Put the triggers of a table in place; safe to repeat."""
    with connection.cursor() as cursor:
        for statement in _postgresql(table) if connection.vendor == "postgresql" else _sqlite(table):
            cursor.execute(statement)


def allow_emptying(connection) -> None:
    """Let a test database be emptied between tests (SQLite empties with DELETE); never called by the product."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in (TABLE, ENTRIES):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
