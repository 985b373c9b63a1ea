from qingshan.bureau.base.models.attachments import Attachment
from qingshan.bureau.base.models.drafts import Draft, SavedView
from qingshan.bureau.base.models.people import LoginFailure, Person
from qingshan.bureau.base.models.places import Area, Organisation
from qingshan.bureau.base.models.trail import AuditEvent, AuditHead, TrailEntry, TrailHead

__all__ = [
    "Area", "Attachment", "AuditEvent", "AuditHead", "Draft", "LoginFailure", "Organisation", "Person", "SavedView", "TrailEntry",
    "TrailHead",
]  # fmt: skip
