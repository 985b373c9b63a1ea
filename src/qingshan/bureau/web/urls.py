from django.urls import path

from qingshan.bureau.web import views
from qingshan.bureau.web.cockpit import cockpit

app_name = "web"
urlpatterns = [
    path("", cockpit, name="cockpit"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("search/", views.search, name="search"),
    path("work/", views.work, name="work"),
    path("health/", views.health, name="health"),
]
