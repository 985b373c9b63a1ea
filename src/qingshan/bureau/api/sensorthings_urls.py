from django.urls import path

from qingshan.bureau.api import sensorthings

app_name = "sta"
urlpatterns = [
    path("v1.1", sensorthings.root, name="root"),
    path("v1.1/<path:resource>", sensorthings.resource, name="resource"),
]
