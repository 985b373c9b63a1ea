"""What the ledger puts into the page frame: nav, the person's own work, search."""

from qingshan.bureau.base import attachments, frame
from qingshan.bureau.ledger import found, queries

frame.nav("plans", "计划识读", "ledger:plans", order=10, prefix="/plans/", may="ledger.review_plan")
frame.nav("plans", "任务台账", "ledger:tasks", order=20, prefix="/ledger/", count=queries.open_count)
frame.nav("plans", "我的任务", "ledger:mine", order=5, prefix="/ledger/mine/", phone="i-task")
frame.count("work", "任务台账", "ledger:mine", queries.work_count)
frame.nav("plans", "小组与专班", "ledger:groups", order=30, prefix="/ledger/groups/")
frame.nav("plans", "责任清单", "ledger:duties", order=40, prefix="/ledger/duties/")
frame.nav("plans", "战役与标签", "ledger:battles", order=50, prefix="/ledger/battles/")
frame.search("任务", queries.search)
frame.search("计划文件", queries.search_plans)
frame.search("计划原文", found.sentences)
frame.search("小组与职责", found.structure)
frame.work("任务", found.tasks)
frame.work("计划识读", found.findings)
attachments.owners.add("ledger.unreadfile")(lambda person, pk: person.has_perm("ledger.upload_plan"))
