"""Which firm an entry belongs to (主体): its credit code as compared, and its name; kept in columns of the entry."""

from __future__ import annotations

from typing import Any

from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry
from qingshan.terms import credit

LEAST = 15
"""characters of a registration number before 2015; a shorter one says nothing"""


def code_of(of: Register, values: dict[str, Any]) -> str:
    """The credit code in an entry, half-width and upper case; empty where there is none fit to compare."""
    said = credit.plain(str(values.get(of.whose.code) or "")) if of.whose else ""
    return said if LEAST <= len(said) <= 18 and said.isalnum() and len(set(said)) > 2 else ""


def name_of(of: Register, values: dict[str, Any]) -> str:
    return str(values.get(of.whose.name) or "").strip()[:200] if of.whose else ""


def refresh(of: Register) -> int:
    """Write the columns of a register's entries anew, after its declaration or the program changed; how many differed."""
    wrong = []
    for entry in Entry.objects.filter(register=of.name).only("values", "firm_code", "firm_name").iterator(chunk_size=5000):
        code, name = code_of(of, entry.values), name_of(of, entry.values)
        if (entry.firm_code, entry.firm_name) != (code, name):
            entry.firm_code, entry.firm_name = code, name
            wrong.append(entry)
    Entry.objects.bulk_update(wrong, ["firm_code", "firm_name"], batch_size=500)
    return len(wrong)
