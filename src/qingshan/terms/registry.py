"""Registries: named things of one kind that a declaration may name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a wrong name: what was asked for and what there is (没有…；已有：…)."""
    names = "、".join(sorted(str(k) for k in known)) or "（无）"
    return f"没有{kind}“{name}”；已有：{names}"


class Registry(Generic[T]):
    """Named things of one kind. A name is taken once; a wrong name says what names there are.

    >>> checks = Registry("质控检查")
    >>> @checks.add("range")
    ... def in_range(values): ...
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}

    def add(self, name: str) -> Callable[[T], T]:
        """Decorator that keeps the item under its name; a second use of the name raises ValueError."""

        def keep(item: T) -> T:
            if name in self._items:
                raise ValueError(f"{self.kind}“{name}”已由 {self._items[name]!r} 占用")
            self._items[name] = item
            return item

        return keep

    def __getitem__(self, name: str) -> T:
        if name not in self._items:
            raise LookupError(unknown(self.kind, name, self._items))
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._items))

    def __len__(self) -> int:
        return len(self._items)
