"""Who may take a step (办理人): the responsible unit, those who handle it, the verifier, the dispatching office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from qingshan.bureau.cases.declared import actors
from qingshan.bureau.cases.models import Case


@dataclass(frozen=True)
class Actor:
    """People of some standing towards a case: what they must hold, which cases are theirs, and what they are called."""

    words: str
    permission: str
    holds: Callable[[set[int], set[int], set[int]], bool]
    """of (one's own organisations, the responsible unit, those that help) …"""
    cases: Callable[[set[int]], Q]
    """… and the same as a question to the database"""

    def __call__(self, case, person) -> bool:
        mine = person.scope_organisations_ids()
        return person.has_perm(self.permission) and self.holds(mine, {case.responsible_id}, {h.pk for h in case.helpers.all()})

    def among(self, person) -> Q:
        """The cases in which this person is such a one."""
        return self.cases(person.scope_organisations_ids()) if person.has_perm(self.permission) else Q(pk__in=[])


def _helped(mine: set[int]) -> Q:
    return Q(pk__in=Case.helpers.through.objects.filter(organisation__in=mine).values("case"))


actors.add("responsible")(
    Actor(
        "责任单位“{case.responsible}”", "cases.handle_case",
        lambda mine, own, helping: bool(mine & own), lambda mine: Q(responsible__in=mine),
    )
)  # fmt: skip
"""someone of the responsible organisation; the bureau cannot sign in its place"""

actors.add("handler")(
    Actor(
        "责任单位“{case.responsible}”或配合单位", "cases.handle_case",
        lambda mine, own, helping: bool(mine & (own | helping)), lambda mine: Q(responsible__in=mine) | _helped(mine),
    )
)  # fmt: skip

actors.add("verifier")(
    Actor(
        "责任单位以外有“核查销号”权限的人", "cases.verify_case",
        lambda mine, own, helping: not mine & (own | helping), lambda mine: ~Q(responsible__in=mine) & ~_helped(mine),
    )
)  # fmt: skip
"""someone who belongs to no unit that handles it (谁验收谁负责)"""

actors.add("office")(Actor("有“交办事项”权限的人", "cases.dispatch_case", lambda mine, own, helping: True, lambda mine: Q()))
