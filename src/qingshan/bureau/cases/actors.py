"""Who may take a step (办理人): the responsible unit, the verifier, the dispatching office."""

from __future__ import annotations

from qingshan.bureau.cases.declared import actors


@actors.add("responsible")
def responsible(case, person) -> bool:
    """Someone of the responsible organisation who may handle cases; the bureau cannot sign in its place."""
    return person.has_perm("cases.handle_case") and case.responsible_id in person.scope_organisations_ids()


@actors.add("verifier")
def verifier(case, person) -> bool:
    """Someone who may verify and does not belong to the responsible organisation (谁验收谁负责)."""
    return person.has_perm("cases.verify_case") and case.responsible_id not in person.scope_organisations_ids()


@actors.add("office")
def office(case, person) -> bool:
    return person.has_perm("cases.dispatch_case")
