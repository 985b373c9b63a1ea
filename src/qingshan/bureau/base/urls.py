from django.urls import path

from qingshan.bureau.base.views import attachments, people, places, saved, trail

app_name = "base"
urlpatterns = [
    path("areas/", places.index, name="places"),
    path("areas/new/", places.area, name="area_new"),
    path("areas/<int:pk>/", places.area, name="area"),
    path("areas/organisations/new/", places.organisation, name="organisation_new"),
    path("areas/organisations/<int:pk>/", places.organisation, name="organisation"),
    path("people/", people.index, name="people"),
    path("people/new/", people.person, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/active/", people.set_active, name="set_active"),
    path("people/<int:pk>/password/", people.reset_password, name="reset_password"),
    path("people/roles/", people.role_list, name="roles"),
    path("audit/", trail.index, name="audit"),
    path("trail/", trail.sealed, name="trail"),
    path("trail/export/", trail.export, name="trail_export"),
    path("declarations/", trail.declarations, name="declarations"),
    path("views/save/", saved.save, name="save_view"),
    path("views/<int:pk>/drop/", saved.drop, name="drop_view"),
    path("files/<int:pk>/", attachments.attachment, name="attachment"),
    path("files/<int:pk>/thumbnail/", attachments.thumbnail, name="thumbnail"),
]
