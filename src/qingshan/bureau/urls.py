"""Every address of the bureau: each app brings its own, under the prefixes of ``docs/architecture.md``."""

from django.urls import include, path

from qingshan.bureau.api.routes import api

urlpatterns = [
    path("", include("qingshan.bureau.web.urls")),
    path("", include("qingshan.bureau.base.urls")),
    path("", include("qingshan.bureau.notices.urls")),
    path("", include("qingshan.bureau.sites.urls")),
    path("", include("qingshan.bureau.ledger.urls")),
    path("", include("qingshan.bureau.cases.urls")),
    path("", include("qingshan.bureau.registers.urls")),
    path("", include("qingshan.bureau.returns.urls")),
    path("", include("qingshan.bureau.meetings.urls")),
    path("", include("qingshan.bureau.monitor.urls")),
    path("", include("qingshan.bureau.indicators.urls")),
    path("", include("qingshan.bureau.bulletins.urls")),
    path("", include("qingshan.bureau.api.urls")),
    path("api/sta/", include("qingshan.bureau.api.sensorthings_urls")),
    path("api/", api.urls),
]

handler400 = "qingshan.bureau.web.errors.bad_request"
handler403 = "qingshan.bureau.web.errors.forbidden"
handler404 = "qingshan.bureau.web.errors.not_found"
handler500 = "qingshan.bureau.web.errors.server_error"
