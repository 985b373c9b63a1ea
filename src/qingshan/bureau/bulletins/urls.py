from django.urls import path

from qingshan.bureau.bulletins import views

app_name = "bulletins"
urlpatterns = [
    path("bulletins/", views.issues, name="issues"),
    path("bulletins/draft/", views.draft, name="draft"),
    path("bulletins/ranking.docx", views.ranking_document, name="ranking_document"),
    path("bulletins/meetings/<int:pk>/<slug:kind>.docx", views.meeting_document, name="meeting_document"),
    path("bulletins/<int:pk>/", views.issue, name="issue"),
    path("bulletins/<int:pk>/write/", views.write, name="write"),
    path("bulletins/<int:pk>/renew/", views.renew, name="renew"),
    path("bulletins/<int:pk>/keep/", views.keep, name="keep"),
    path("bulletins/<int:pk>/submit/", views.submit, name="submit"),
    path("bulletins/<int:pk>/send-back/", views.send_back, name="send_back"),
    path("bulletins/<int:pk>/publish/", views.publish, name="publish"),
    path("bulletins/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("bulletins/<int:pk>/correct/", views.correct, name="correct"),
    path("bulletins/<int:pk>/discard/", views.discard, name="discard"),
    path("bulletins/<int:pk>/file.<str:kind>", views.file, name="file"),
]
