from django.urls import path

from qingshan.bureau.api import views

app_name = "tokens"
urlpatterns = [
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/withdraw/", views.withdraw_token, name="withdraw"),
]
