"""What changes a register: each checks, writes the change and the entry, and records in one transaction."""

from qingshan.bureau.registers.actions.composing import publish_register, save_register_draft
from qingshan.bureau.registers.actions.entries import add_entry, archive_entry, change_entry, restore_entry
from qingshan.bureau.registers.actions.findings import open_finding
from qingshan.bureau.registers.actions.sheets import store_rows

__all__ = [
    "add_entry", "archive_entry", "change_entry", "open_finding", "publish_register", "restore_entry", "save_register_draft", "store_rows",
]  # fmt: skip
