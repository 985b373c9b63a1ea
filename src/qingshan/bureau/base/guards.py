"""Triggers that keep the audit trail append-only inside the database as well (只增不改)."""

from __future__ import annotations

TABLE = "base_auditevent"
WORDS = "audit trail is append-only"

SQLITE = {
    action: (
        f"CREATE TRIGGER IF NOT EXISTS {TABLE}_no_{action.lower()} BEFORE {action} ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    )
    for action in ("UPDATE", "DELETE")
}
POSTGRESQL = [
    f"CREATE OR REPLACE FUNCTION {TABLE}_keep() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$ LANGUAGE plpgsql",
    f"DROP TRIGGER IF EXISTS {TABLE}_keep ON {TABLE}",
    f"CREATE TRIGGER {TABLE}_keep BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_keep()",
]


def install(connection) -> None:
    """Put the triggers in place; safe to repeat."""
    statements = POSTGRESQL if connection.vendor == "postgresql" else list(SQLITE.values())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def allow_emptying(connection) -> None:
    """Let a test database be emptied between tests (SQLite empties with DELETE); never called by the product."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_delete")
