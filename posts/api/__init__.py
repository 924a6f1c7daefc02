"""Routes of posts and publications."""

from django.urls import path

from posts.api import approval, running, schedules
from posts.api.posts import PostViewSet
from posts.api.publications import PublicationViewSet
from posts.api.validating import ValidateView

posts = PostViewSet.as_view({"get": "list", "post": "create"})
post = PostViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"})

urlpatterns = [
    path("posts", posts, name="posts"),
    path("posts/validate", ValidateView.as_view(), name="validate"),
    path("posts/<uuid:uid>", post, name="post"),
    path("posts/<uuid:uid>/publish", PostViewSet.as_view({"post": "publish"}), name="publish-post"),
    path("posts/<uuid:uid>/cancel", PostViewSet.as_view({"post": "cancel"}), name="cancel-post"),
    path("posts/<uuid:uid>/approval", approval.ApprovalViewSet.as_view({"post": "ask"}), name="ask-approval"),
    path("posts/<uuid:uid>/approval/approve", approval.ApprovalViewSet.as_view({"post": "approve"}), name="approve"),
    path("posts/<uuid:uid>/approval/changes", approval.ApprovalViewSet.as_view({"post": "changes"}), name="changes"),
    path("posts/<uuid:uid>/approval/withdraw", approval.ApprovalViewSet.as_view({"post": "withdraw"}), name="withdraw"),
    path("posts/<uuid:uid>/notes", approval.NotesView.as_view(), name="notes"),
    path("posts/<uuid:uid>/notes/<uuid:note>", approval.NoteView.as_view(), name="note"),
    path("workspace/approval", approval.PolicyView.as_view(), name="approval-policy"),
    path("publications", PublicationViewSet.as_view({"get": "list"}), name="publications"),
    path("publications/<uuid:uid>", PublicationViewSet.as_view({"get": "retrieve"}), name="publication"),
    path("publications/<uuid:uid>/retry", PublicationViewSet.as_view({"post": "retry"}), name="retry"),
    path("publications/<uuid:uid>/cancel", PublicationViewSet.as_view({"post": "cancel"}), name="cancel"),
    path("publications/<uuid:uid>/decide", PublicationViewSet.as_view({"post": "decide"}), name="decide"),
    path(
        "publications/<uuid:uid>/delete-remote",
        PublicationViewSet.as_view({"post": "delete_remote"}),
        name="delete-remote",
    ),
    path("publications/<uuid:uid>/metrics", PublicationViewSet.as_view({"get": "metrics"}), name="metrics"),
    path(
        "publications/<uuid:uid>/metrics/refresh",
        PublicationViewSet.as_view({"post": "refresh_metrics"}),
        name="refresh-metrics",
    ),
    path("publishing", running.PublishingView.as_view(), name="publishing"),
    path("publishing/pause", running.PauseView.as_view(), name="pause-publishing"),
    path("publishing/resume", running.ResumeView.as_view(), name="resume-publishing"),
    path("publishing/missed", running.MissedView.as_view(), name="missed"),
    path("connections/<uuid:uid>/pause", running.ConnectionPauseView.as_view(), name="pause-connection"),
    path("connections/<uuid:uid>/schedule", schedules.ScheduleView.as_view(), name="schedule"),
    path("connections/<uuid:uid>/resume", running.ConnectionResumeView.as_view(), name="resume-connection"),
]
