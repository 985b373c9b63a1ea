from django.urls import path

from qingshan.bureau.returns.views import burden, chases, doubts, mine, news, periods, rotas, routines

app_name = "returns"
urlpatterns = [
    path("returns/mine/", mine.mine, name="mine"),
    path("returns/mine/send/", mine.send, name="send"),
    path("returns/mine/ready/", mine.ready, name="ready"),
    path("returns/mine/worker.js", mine.worker, name="worker"),
    path("returns/", periods.periods, name="periods"),
    path("returns/periods/<int:pk>/", periods.period, name="period"),
    path("returns/periods/<int:pk>/freeze/", periods.freeze, name="freeze"),
    path("returns/periods/<int:pk>/thaw/", periods.thaw, name="thaw"),
    path("returns/periods/<int:pk>/chase/", periods.chase, name="chase"),
    path("returns/periods/<int:pk>/export.xlsx", periods.export, name="export"),
    path("returns/figures/<int:pk>/correct/", periods.correct, name="correct"),
    path("returns/rotas/", rotas.rotas, name="rotas"),
    path("returns/rotas/new/", rotas.new, name="new_rota"),
    path("returns/rotas/<int:pk>/stop/", rotas.stop, name="stop_rota"),
    path("returns/rotas/<int:pk>/open/", rotas.open_period, name="open_period"),
    path("returns/reporters/name/", rotas.name_reporter, name="name_reporter"),
    path("returns/reporters/<int:pk>/end/", rotas.end_reporter, name="end_reporter"),
    path("returns/chases/", chases.chases, name="chases"),
    path("returns/doubts/", doubts.doubts, name="doubts"),
    path("returns/doubts/order/", doubts.issue, name="issue_order"),
    path("returns/orders/", doubts.orders, name="orders"),
    path("returns/burden/", burden.burden, name="burden"),
    path("returns/routines/", routines.routines, name="routines"),
    path("returns/routines/<int:pk>/record/", routines.record, name="record"),
    path("returns/routines/<int:pk>/skip/", routines.skip, name="skip"),
    path("returns/news/", news.news, name="news"),
    path("returns/news/file/", news.file_item, name="file_item"),
    path("returns/news/<int:pk>/adopt/", news.adopt, name="adopt"),
]
