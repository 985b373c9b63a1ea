"""Triggers that keep frozen figures, corrections and the steps of periods as they are, inside the database as well (定格)."""

from __future__ import annotations

TABLES = ("returns_figure", "returns_correction", "returns_periodstep")
WORDS = "frozen figures are append-only"


def install(connection) -> None:
    """Put the triggers in place; safe to repeat."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for statement in _postgresql(table) if connection.vendor == "postgresql" else _sqlite(table):
                cursor.execute(statement)


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        for act in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {table}_keep ON {table}",
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keep()",
    ]


def allow_emptying(connection) -> None:
    """Let a test database be emptied between tests (SQLite empties with DELETE); never called by the product."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
