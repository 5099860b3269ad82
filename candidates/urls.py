from django.urls import path

from candidates import views

urlpatterns = [
    path("settings/positions/", views.position_list, name="position_list"),
    path("settings/positions/new/", views.position_new, name="position_new"),
    path("settings/positions/<int:pk>/edit/", views.position_edit, name="position_edit"),
    path("settings/positions/<int:pk>/close/", views.position_close, name="position_close"),
]
