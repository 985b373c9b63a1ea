from django.urls import path

from qingshan.bureau.meetings.views import decisions, meeting, minutes, register, visits

app_name = "meetings"
urlpatterns = [
    path("meetings/", register.meetings, name="meetings"),
    path("meetings/new/", register.new, name="new"),
    path("meetings/decisions/", decisions.decisions, name="decisions"),
    path("meetings/visits/", visits.visits, name="visits"),
    path("meetings/visits/charge/", visits.take_charge, name="take_charge"),
    path("meetings/visits/charge/<int:pk>/end/", visits.end_charge, name="end_charge"),
    path("meetings/attend/<int:pk>/", meeting.answer, name="answer"),
    path("meetings/<int:pk>/", meeting.meeting, name="meeting"),
    path("meetings/<int:pk>/<slug:act>/do/", meeting.act, name="act"),
    path("meetings/<int:pk>/papers/", meeting.give_paper, name="give_paper"),
    path("meetings/<int:pk>/minutes/", minutes.minutes, name="minutes"),
    path("meetings/<int:pk>/minutes/enter/", minutes.enter, name="enter_minutes"),
    path("meetings/<int:pk>/minutes/add/", minutes.add, name="add_decision"),
    path("meetings/decisions/<int:pk>/review/", minutes.review, name="review"),
]
