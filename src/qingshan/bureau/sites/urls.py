from django.urls import path

from qingshan.bureau.sites import views

app_name = "sites"
urlpatterns = [
    path("stations/new/", views.new, name="new"),
    path("stations/export/", views.export, name="export"),
    path("stations/import/", views.sheet, name="sheet"),
    path("stations/boundaries/", views.boundaries, name="boundaries"),
    path("stations/<str:code>/edit/", views.edit, name="edit"),
]
