from django.urls import path

from qingshan.bureau.registers import compose_views, duplicate_pages, firm_pages, map_views, outline_pages, views

app_name = "registers"
urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("registers/due/", views.due, name="due"),
    path("registers/at/", outline_pages.at, name="at"),
    path("registers/coverage/", views.coverage, name="coverage"),
    path("registers/duplicates/", duplicate_pages.duplicates, name="duplicates"),
    path("registers/duplicates/<int:first>/<int:second>/", duplicate_pages.pair, name="pair"),
    path("registers/duplicates/<int:pk>/back/", duplicate_pages.back, name="back"),
    path("firms/", firm_pages.firms, name="firms"),
    path("firms/<str:key>/", firm_pages.firm, name="firm"),
    *compose_views.BENCH.paths("registers/compose"),
    path("registers/<slug:name>/", views.entries, name="entries"),
    path("registers/<slug:name>/new/", views.new, name="new"),
    path("registers/<slug:name>/import/", views.sheet, name="sheet"),
    path("registers/<slug:name>/archive/", views.archive_many, name="archive_many"),
    path("registers/<slug:name>/export.xlsx", views.export, name="export"),
    path("registers/<slug:name>/outline/", outline_pages.outline, name="outline"),
    path("registers/<slug:name>/outline.geojson", outline_pages.outline_file, name="outline_file"),
    path("registers/<slug:name>/map/", map_views.layer, name="map"),
    path("registers/<slug:name>/map/data.json", map_views.data, name="map_json"),
    path("registers/<slug:name>/<int:pk>/card/", map_views.card, name="card"),
    path("registers/<slug:name>/<int:pk>/", views.entry, name="entry"),
    path("registers/<slug:name>/<int:pk>/edit/", views.edit, name="edit"),
    path("registers/<slug:name>/<int:pk>/archive/", views.archive, name="archive"),
    path("registers/<slug:name>/<int:pk>/finding/", views.finding, name="finding"),
]
