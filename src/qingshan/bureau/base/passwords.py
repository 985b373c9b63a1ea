"""Password rules (口令规则)."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

LENGTH = 10
CLASSES = 3
PATTERNS = {"小写字母": r"[a-z]", "大写字母": r"[A-Z]", "数字": r"[0-9]", "符号": r"[^A-Za-z0-9]"}
HABITS = ("qingshan", "admin", "password", "shengtai", "huanbao", "huanjing", "123456", "qwerty", "abcdef", "1qaz2wsx")


@cache
def _common() -> frozenset[str]:
    path = Path(password_validation.__file__).resolve().parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return frozenset(line.strip() for line in file)


class Rules:
    """At least ten characters, three kinds of them, not a common word, not one's own name, account or number."""

    def validate(self, password: str, user=None) -> None:
        said = []
        if len(password) < LENGTH:
            said.append(f"口令至少 {LENGTH} 位，现为 {len(password)} 位")
        if len(password) > 128:
            said.append("口令至多 128 位")
        if sum(bool(re.search(p, password)) for p in PATTERNS.values()) < CLASSES:
            said.append(f"口令须含{'、'.join(PATTERNS)}中的 {CLASSES} 种")
        plain = password.lower()
        bare = re.sub(r"[^a-z]", "", plain)
        if plain in _common() or (len(bare) >= 4 and bare in _common()) or (bare and any(bare == habit for habit in HABITS)):
            said.append("这个口令太常见，容易被猜中")
        if user is not None:
            own = {str(getattr(user, name, "") or "").lower() for name in ("username", "name", "phone")}
            if any(len(word) >= 2 and word in plain for word in own):
                said.append("口令里不能有姓名、账号或电话")
        if said:
            raise ValidationError(said)

    def get_help_text(self) -> str:
        return f"至少 {LENGTH} 位，含{'、'.join(PATTERNS)}中的 {CLASSES} 种；不用姓名、账号、电话和常见口令"
