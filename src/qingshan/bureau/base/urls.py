from django.urls import path

from qingshan.bureau.base.views import attachments

app_name = "base"
urlpatterns = [
    path("files/<int:pk>/", attachments.attachment, name="attachment"),
    path("files/<int:pk>/thumbnail/", attachments.thumbnail, name="thumbnail"),
]
