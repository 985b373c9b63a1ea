from django.urls import path

from qingshan.bureau.indicators.views import budgets, definitions, dust, rankings, reports, rosters, schemes

app_name = "indicators"
urlpatterns = [
    path("indicators/", definitions.definitions, name="definitions"),
    path("indicators/deductions/", dust.deductions, name="deductions"),
    path("indicators/deductions/<int:pk>/withdraw/", dust.withdraw_deduction, name="withdraw_deduction"),
    path("indicators/reports/", reports.reports, name="reports"),
    path("indicators/reports/<int:pk>/decide/", reports.decide_report, name="decide_report"),
    path("indicators/rosters/", rosters.rosters, name="rosters"),
    path("indicators/rosters/<int:pk>/withdraw/", rosters.withdraw_roster, name="withdraw_roster"),
    path("indicators/rosters/<slug:name>/<int:year>/", rosters.roster, name="roster"),
    path("indicators/rosters/<slug:name>/<int:year>/sheet/", rosters.roster_sheet, name="roster_sheet"),
    path("indicators/rosters/<slug:name>/<int:year>/export.xlsx", rosters.roster_export, name="roster_export"),
    path("indicators/runs/<str:number>/", definitions.run, name="run"),
    path("budget/", budgets.budget_list, name="budgets"),
    path("budget/task/<int:pk>/", budgets.task_budget, name="task_budget"),
    path("budget/task/<int:pk>/chance/", budgets.task_chance, name="task_chance"),
    path("budget/<slug:name>/", budgets.budget, name="budget"),
    path("indicators/<slug:name>/", definitions.card, name="card"),
    path("ranking/", rankings.ranking, name="ranking"),
    path("ranking/export.xlsx", rankings.ranking_sheet, name="ranking_sheet"),
    path("ranking/publish/", rankings.publish_ranking, name="publish_ranking"),
    path("ranking/unit/", rankings.unit, name="ranking_unit"),
    path("ranking/firm/", rankings.firm, name="ranking_firm"),
    path("ranking/<int:pk>/check/", rankings.check_ranking, name="check_ranking"),
    path("ranking/<int:pk>/confirm/", rankings.confirm_ranking, name="confirm_ranking"),
    path("ranking/<int:pk>/refuse/", rankings.refuse_ranking, name="refuse_ranking"),
    path("schemes/", schemes.schemes, name="schemes"),
    path("schemes/compose/", schemes.compose, name="compose"),
    path("schemes/compose/check/", schemes.check, name="compose_check"),
    path("schemes/compose/<int:pk>/", schemes.draft, name="draft"),
    path("schemes/compose/<int:pk>/publish/", schemes.publish, name="publish_scheme"),
    path("schemes/entries/", schemes.entries, name="entries"),
    path("schemes/entries/<int:pk>/decide/", schemes.decide_entry, name="decide_entry"),
    path("schemes/figures/", schemes.figures, name="figures"),
]
