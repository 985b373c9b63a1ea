"""Who may do what, for every step and action × every role × every kind of unit, generated from the declarations."""

from __future__ import annotations

import itertools

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import prefetch_related_objects
from tests.bureau.conftest import make_person

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions, queries
from qingshan.bureau.cases.models import Case

pytestmark = pytest.mark.django_db
HANDLE, VERIFY, DISPATCH = "cases.handle_case", "cases.verify_case", "cases.dispatch_case"
NEEDS = {"responsible": HANDLE, "handler": HANDLE, "verifier": VERIFY, "office": DISPATCH}
STANDING = {
    "responsible": {"responsible"}, "handler": {"responsible", "helper"},
    "verifier": {"other town", "other department", "office", "bureau", "committee"},
    "office": {"responsible", "helper", "other town", "other department", "office", "bureau", "committee"},
}  # fmt: skip
"""of which unit one must be, beside the permission"""
WHOLE = {"office", "bureau", "committee"}


@pytest.fixture
def people(bureau):
    """One person of every role in every kind of unit."""
    units = {
        "responsible": bureau.governments["石门镇"], "helper": bureau.departments["交通局"], "other town": bureau.governments["柳泉镇"],
        "other department": bureau.departments["农业农村局"], "office": bureau.offices["大气科"], "bureau": bureau.own,
        "committee": bureau.committee,
    }  # fmt: skip
    pairs = itertools.product(sorted(packs.all("roles")), units.items())
    return {(role, place): make_person(f"p{i}", f"{role}{i}", unit, role) for i, (role, (place, unit)) in enumerate(pairs)}


def holds(role: str, permission: str) -> bool:
    return permission in packs.get("roles", role).permissions


def test_every_step_of_every_workflow_is_for_those_its_declaration_says(people, opened, bureau):
    first = opened("handed_over")
    first.helpers.set([bureau.departments["交通局"]])
    prefetch_related_objects([first], "helpers")
    seen = set()
    for flow in packs.all("cases").values():
        for step in flow.step:
            for (role, place), person in people.items():
                first.workflow, first.state = flow.name, step.start[0]
                wanted = holds(role, NEEDS[step.by]) and place in STANDING[step.by]
                assert queries.may(first, step, person) == wanted, f"{flow.name} {step.name} {role} {place}"
                seen.add(wanted)
    assert seen == {True, False}


def leads_on(case: Case) -> list:
    declared = case.declared
    return [s for s in declared.steps_from(case.state) if not s.back and s.to not in declared.void]


def test_a_list_of_one_s_own_work_holds_exactly_the_cases_one_may_step_on(people, opened, bureau):
    """The question to the database and the rule for one case agree, for every role, unit, workflow and state."""
    for flow in packs.all("cases").values():
        case = opened(flow.name)
        for state in flow.state:
            if state not in flow.final:
                Case.objects.filter(pk=case.pk).update(state=state, number=f"{flow.name[:20]}-{state}")
                case = opened(flow.name)
    Case.objects.filter(number__contains="-2026-").update(closed_at="2026-11-01T00:00")
    for case in Case.objects.filter(closed_at=None)[::2]:
        case.helpers.set([bureau.departments["交通局"]])
    for person in people.values():
        found = set(queries.my_work(person).values_list("pk", flat=True))
        going = queries.visible(person).filter(closed_at=None)
        by_hand = {c.pk for c in going if any(queries.may(c, s, person) for s in leads_on(c))}
        assert found == by_hand, person


ACTIONS = {
    "transfer": lambda c, o, b, by: actions.transfer(c, b.governments["竹溪乡"], by=by, reason="属地"),
    "join": lambda c, o, b, by: actions.join(c, [b.departments["住建局"]], by=by),
    "ask_extension": lambda c, o, b, by: actions.ask_extension(c, 3, by=by, reason="雨"),
    "extend": lambda c, o, b, by: actions.extend(c, 3, by=by, reason="雨"),
    "refuse_extension": lambda c, o, b, by: actions.refuse_extension(c, by=by, reason="不必"),
    "merge": lambda c, o, b, by: actions.merge(c, o, by=by, reason="同一件"),
    "part": lambda c, o, b, by: actions.part(c, by=by, reason="不同"),
    "reopen": lambda c, o, b, by: actions.reopen(c, by=by, reason="反弹"),
    "undo": lambda c, o, b, by: actions.undo(c, by=by, reason="误办"),
    "answer_rung": lambda c, o, b, by: actions.answer_rung(c, by=by, reason="已约谈"),
}


def test_every_action_is_tried_by_everyone_and_done_only_by_those_who_may(people, opened, hands, bureau):
    case, other = opened("petition_letter"), opened("petition_12345", title="另一件")
    case = actions.take_step(case.number, "accept", by=hands.office)  # what undo takes back
    case.helpers.set([bureau.departments["交通局"]])
    assert set(ACTIONS) == set(queries.TITLES)
    for action, ((role, place), person) in itertools.product(ACTIONS, people.items()):
        sees = place in WHOLE or place in ("responsible", "helper")
        permission = HANDLE if action == "ask_extension" else DISPATCH
        wanted = holds(role, permission) and (place == "responsible" if action == "ask_extension" else sees)
        with transaction.atomic():
            try:
                ACTIONS[action](case.number, other.number, bureau, person)
                done = True
            except Refused:
                done = True  # the person may; the case is not in a state for it
            except PermissionDenied:
                done, said_no = False, True
            except Case.DoesNotExist:
                done, said_no = False, False
            transaction.set_rollback(True)
        assert done or said_no == sees, f"{action} {role} {place}"  # to those who do not see it, it does not exist
        assert done == wanted, f"{action} {role} {place}"


def test_a_re_check_by_those_who_handle_it_does_not_count(opened, hands, bureau, clerk):
    case = hands.finish(opened("inspection_finding"), short_of="reported")
    with pytest.raises(PermissionDenied, match="不由谁复核"):
        hands.prove(case, "recheck", by=hands.responsible)
    hands.prove(case, "recheck", by=clerk)
    actions.join(case.number, [clerk.organisation], by=hands.office)  # the unit that re-checked now helps
    case.refresh_from_db()
    assert "须另由别的单位复核" in queries.proven(case, case.opened_at)["recheck"]
