from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path


def _soon(request, **_):
    return HttpResponse(status=404)


app_name = "ledger"
urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/", _soon, name="plans"), path("ledger/", _soon, name="tasks"), path("ledger/mine/", _soon, name="mine"),
]
