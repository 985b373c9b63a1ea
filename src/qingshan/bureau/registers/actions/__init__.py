"""What changes a register: each checks, writes the change and the entry, and records in one transaction."""

from qingshan.bureau.registers.actions.composing import ask_register, publish_register, refuse_register, save_register_draft
from qingshan.bureau.registers.actions.duplicates import keep_apart, link_entries, merge_entries, take_back
from qingshan.bureau.registers.actions.entries import (
    add_entry,
    archive_entry,
    archive_many,
    change_entry,
    restore_entry,
    restore_many,
    set_outlines,
)
from qingshan.bureau.registers.actions.findings import open_finding
from qingshan.bureau.registers.actions.sheets import store_rows

__all__ = [
    "add_entry", "archive_entry", "archive_many", "ask_register", "change_entry", "keep_apart", "link_entries", "merge_entries",
    "open_finding", "publish_register", "refuse_register", "restore_entry", "restore_many", "save_register_draft", "set_outlines",
    "store_rows", "take_back",
]  # fmt: skip
