from django.urls import path

from qingshan.bureau.cases import views

app_name = "cases"
urlpatterns = [
    path("orders/", views.orders, name="orders"),
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/steps/<str:name>/", views.step, name="step"),
    path("orders/<str:number>/proofs/", views.prove, name="prove"),
    path("orders/<str:number>/proofs/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
