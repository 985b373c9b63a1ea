"""What changes a case (事项办理): each change one function, permission-checked, in the trail, with a recorded reverse step."""

from qingshan.bureau.cases.actions.bulk import (
    Outcome,
    ask_extension_many,
    extend_many,
    join_many,
    prove_many,
    publish_many,
    step_many,
    transfer_many,
    undo_many,
)
from qingshan.bureau.cases.actions.composing import ask_workflow, publish_workflow, refuse_workflow, save_workflow_draft
from qingshan.bureau.cases.actions.duties import climb_ladder, reckon_again, watch_relapses
from qingshan.bureau.cases.actions.handing import answer_rung, ask_extension, extend, join, refuse_extension, transfer
from qingshan.bureau.cases.actions.merging import merge, part
from qingshan.bureau.cases.actions.opening import open_case, open_rows
from qingshan.bureau.cases.actions.proofs import add_proof, withdraw_proof
from qingshan.bureau.cases.actions.reversing import reopen, undo
from qingshan.bureau.cases.actions.steps import take_step

__all__ = [
    "Outcome", "add_proof", "answer_rung", "ask_extension", "ask_extension_many", "ask_workflow", "climb_ladder", "extend",
    "extend_many", "join", "join_many", "merge", "open_case", "open_rows", "part", "prove_many", "publish_many", "publish_workflow",
    "reckon_again", "refuse_extension", "refuse_workflow", "reopen", "save_workflow_draft", "step_many", "take_step", "transfer",
    "transfer_many", "undo", "undo_many", "watch_relapses", "withdraw_proof",
]  # fmt: skip
