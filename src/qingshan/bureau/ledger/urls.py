from django.urls import path

from qingshan.bureau.ledger.views import plans, sheets, tasks

app_name = "ledger"
urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/upload/", plans.upload, name="upload"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/about/", plans.about, name="about"),
    path("plans/<int:pk>/add/", plans.add, name="add_finding"),
    path("plans/<int:pk>/enter/", plans.enter, name="enter"),
    path("plans/<int:pk>/reading.json", plans.download, name="reading"),
    path("plans/findings/<int:pk>/", plans.finding, name="finding"),
    path("plans/findings/<int:pk>/accept/", plans.review, {"do": "accept"}, name="accept"),
    path("plans/findings/<int:pk>/reject/", plans.review, {"do": "reject"}, name="reject"),
    path("plans/findings/<int:pk>/reset/", plans.review, {"do": "reset"}, name="reset"),
    path("plans/findings/<int:pk>/drop/", plans.drop, name="drop_finding"),
    path("ledger/", tasks.tasks, name="tasks"),
    path("ledger/mine/", tasks.mine, name="mine"),
    path("ledger/new/", tasks.new, name="new"),
    path("ledger/remind/", tasks.remind, name="remind"),
    path("ledger/move/", tasks.move, name="move"),
    path("ledger/reassign/", tasks.reassign, name="reassign"),
    path("ledger/export/", sheets.export, name="export"),
    path("ledger/import/", sheets.upload, name="import"),
    path("ledger/import/<int:pk>/", sheets.preview, name="import_one"),
    path("ledger/import/<int:pk>/confirm/", sheets.confirm, name="import_confirm"),
    path("ledger/import/<int:pk>/drop/", sheets.drop, name="import_drop"),
    path("ledger/<int:pk>/", tasks.task, name="task"),
    path("ledger/<int:pk>/card/", tasks.card, name="card"),
    path("ledger/<int:pk>/edit/", tasks.edit, name="edit"),
    path("ledger/<int:pk>/return/", tasks.give_return, name="return"),
    path("ledger/<int:pk>/verify/", tasks.verify, name="verify"),
    path("ledger/<int:pk>/send-back/", tasks.send_back, name="send_back"),
    path("ledger/<int:pk>/close/", tasks.close, name="close"),
    path("ledger/<int:pk>/reopen/", tasks.reopen, name="reopen"),
    path("ledger/<int:pk>/cancel/", tasks.cancel, name="cancel"),
]
