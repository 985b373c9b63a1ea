from django.urls import path

from qingshan.bureau.notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.inbox, name="inbox"),
    path("notices/<int:pk>/open/", views.open_one, name="open"),
    path("notices/read/", views.read_all, name="read_all"),
    path("notices/choices/", views.choices, name="choices"),
    path("notices/channels/", views.channels, name="channels"),
    path("notices/channels/post/", views.post, name="post"),
    path("notices/channels/post/test/", views.test_post, name="test_post"),
    path("notices/channels/robots/new/", views.robot, name="robot_new"),
    path("notices/channels/robots/<int:pk>/", views.robot, name="robot"),
    path("notices/channels/robots/<int:pk>/active/", views.set_active, name="set_active"),
    path("notices/channels/robots/<int:pk>/test/", views.test_robot, name="test_robot"),
    path("notices/channels/failed/<int:pk>/again/", views.again, name="again"),
]
