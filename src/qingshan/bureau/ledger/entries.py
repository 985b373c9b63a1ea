"""What the ledger puts into the page frame: nav, the person's own work, search."""

from qingshan.bureau.base import attachments, frame
from qingshan.bureau.ledger import queries

frame.nav("plans", "计划识读", "ledger:plans", order=10, prefix="/plans/", may="ledger.review_plan")
frame.nav("plans", "任务台账", "ledger:tasks", order=20, prefix="/ledger/", count=queries.open_count)
frame.nav("plans", "我的任务", "ledger:mine", order=5, prefix="/ledger/mine/", phone="i-task")
frame.count("work", "任务台账", "ledger:mine", queries.work_count)
frame.search("任务", queries.search)
attachments.owners.add("ledger.unreadfile")(lambda person, pk: person.has_perm("ledger.upload_plan"))
