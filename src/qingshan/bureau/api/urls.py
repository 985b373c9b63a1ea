from django.urls import path

from qingshan.bureau.api import views

app_name = "tokens"
urlpatterns = [
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/withdraw/", views.withdraw_token, name="withdraw"),
    path("push/", views.push_tokens, name="push"),
    path("push/<int:pk>/withdraw/", views.withdraw_push_token, name="push_withdraw"),
    path("open/", views.open_stations, name="open_stations"),
]
