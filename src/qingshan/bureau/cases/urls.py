from django.urls import path

from qingshan.bureau.cases.views import bulk, case, composing, lists, places, sheets

app_name = "cases"
urlpatterns = [
    path("orders/", lists.orders, name="orders"),
    path("orders/new/", sheets.new, name="new"),
    path("orders/sheet/", sheets.sheet, name="sheet"),
    path("orders/export/", sheets.export, name="export"),
    path("orders/bulk/", bulk.bulk, name="bulk"),
    path("orders/bulk/done/", bulk.done, name="bulk_done"),
    path("orders/bulk/undo/", bulk.undo, name="bulk_undo"),
    path("orders/map/", places.layer, name="map"),
    path("orders/map/data.json", places.data, name="map_json"),
    path("orders/map/<int:pk>/card/", places.card, name="dot"),
    path("orders/doubles/", lists.doubles, name="doubles"),
    path("orders/results/", lists.results, name="results"),
    *composing.BENCH.paths("orders/compose"),
    path("orders/compose/<int:pk>/try/", composing.attempt, name="try"),
    path("orders/<str:number>/", case.order, name="order"),
    path("orders/<str:number>/steps/<str:name>/", case.step, name="step"),
    path("orders/<str:number>/proofs/", case.prove, name="prove"),
    path("orders/<str:number>/proofs/<int:pk>/withdraw/", case.withdraw, name="withdraw"),
    path("orders/<str:number>/act/<str:name>/", case.act, name="act"),
]
