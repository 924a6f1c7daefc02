"""Pages of notifications."""

from django.urls import path

from accounts.inbox import views

urlpatterns = [
    path("w/<slug:slug>/notifications/", views.notifications, name="notifications"),
    path("w/<slug:slug>/notifications/bell/", views.bell, name="notification_bell"),
    path("w/<slug:slug>/notifications/read/", views.read, name="read_notifications"),
    path("w/<slug:slug>/notifications/<uuid:uid>/", views.open_one, name="open_notification"),
    path("accounts/notifications/", views.choose, name="notification_preferences"),
    path("accounts/notifications/keep/", views.keep_choice, name="keep_notification_preferences"),
]
