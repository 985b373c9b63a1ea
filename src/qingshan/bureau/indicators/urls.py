from django.urls import path

from qingshan.bureau.indicators import views

app_name = "indicators"
urlpatterns = [
    path("indicators/", views.definitions, name="definitions"),
    path("indicators/deductions/", views.deductions, name="deductions"),
    path("indicators/deductions/<int:pk>/withdraw/", views.withdraw_deduction, name="withdraw_deduction"),
    path("indicators/runs/<str:number>/", views.run, name="run"),
    path("indicators/<slug:name>/", views.card, name="card"),
    path("ranking/", views.ranking, name="ranking"),
    path("ranking/export.xlsx", views.ranking_sheet, name="ranking_sheet"),
    path("ranking/publish/", views.publish_ranking, name="publish_ranking"),
    path("ranking/<int:pk>/check/", views.check_ranking, name="check_ranking"),
]
