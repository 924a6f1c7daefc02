"""Pages' doors to media, and the signed addresses of files."""

from django.urls import path

from posts.media import serving, views

app_name = "media"
urlpatterns = [
    path("media/own/<str:seal>/<path:name>", serving.stream, name="stream"),
    path("media/<str:seal>/<path:name>", serving.serve, name="file"),
    path("w/<slug:slug>/media/upload", views.upload, name="upload"),
    path("w/<slug:slug>/media/<uuid:uid>", views.item, name="item"),
]
