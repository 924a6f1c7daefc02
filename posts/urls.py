"""Pages of posts, and the front door."""

from django.urls import path

from posts.views import composer, home, ideas, listing, post, running, schedules
from posts.words.views import versions_page

urlpatterns = [
    path("", home.front, name="front"),
    path("workspaces/new/", home.new_workspace, name="new_workspace"),
    path("w/<slug:slug>/", home.home, name="home"),
    path("w/<slug:slug>/compose/", composer.compose, name="compose"),
    path("w/<slug:slug>/compose/check/", composer.check, name="check_post"),
    path("w/<slug:slug>/posts/", listing.posts, name="posts"),
    path("w/<slug:slug>/posts/<uuid:uid>/", post.post, name="post"),
    path("w/<slug:slug>/posts/<uuid:uid>/edit/", composer.edit, name="edit_post"),
    path("w/<slug:slug>/posts/<uuid:uid>/publish/", post.publish_now, name="publish_post"),
    path("w/<slug:slug>/posts/<uuid:uid>/cancel/", post.cancel, name="cancel_post"),
    path("w/<slug:slug>/posts/<uuid:uid>/delete/", post.delete, name="delete_post"),
    path("w/<slug:slug>/posts/<uuid:uid>/approval/ask/", post.ask_approval, name="ask_approval"),
    path("w/<slug:slug>/posts/<uuid:uid>/approval/answer/", post.approve, name="answer_approval"),
    path("w/<slug:slug>/posts/<uuid:uid>/approval/withdraw/", post.withdraw_request, name="withdraw_approval"),
    path("w/<slug:slug>/posts/<uuid:uid>/notes/", post.add_note, name="add_note"),
    path("w/<slug:slug>/notes/<uuid:uid>/delete/", post.delete_note, name="delete_note"),
    path("w/<slug:slug>/ideas/", ideas.ideas, name="ideas"),
    path("w/<slug:slug>/ideas/<uuid:uid>/", ideas.made, name="made_ideas"),
    path("w/<slug:slug>/ideas/<uuid:uid>/delete/", ideas.delete, name="delete_ideas"),
    path("w/<slug:slug>/settings/schedules/", schedules.schedules, name="schedules"),
    path("w/<slug:slug>/connections/<uuid:uid>/schedule/", schedules.schedule, name="schedule"),
    path("w/<slug:slug>/settings/approval/", running.approval, name="approval"),
    path("w/<slug:slug>/settings/grok/versions/", versions_page, name="grok_versions"),
    path("w/<slug:slug>/publications/<uuid:uid>/retry/", post.retry, name="retry_publication"),
    path("w/<slug:slug>/publications/<uuid:uid>/cancel/", post.cancel_publication, name="cancel_publication"),
    path("w/<slug:slug>/publications/<uuid:uid>/delete-there/", post.delete_there, name="delete_there"),
    path("w/<slug:slug>/publications/<uuid:uid>/numbers/", post.refresh_numbers, name="refresh_numbers"),
    path("w/<slug:slug>/publications/<uuid:uid>/decide/", post.decide, name="decide_publication"),
    path("w/<slug:slug>/publishing/", running.publishing, name="publishing"),
    path("w/<slug:slug>/publishing/pause/", running.pause, name="pause_publishing"),
    path("w/<slug:slug>/publishing/resume/", running.resume, name="resume_publishing"),
    path("w/<slug:slug>/publishing/missed/", running.missed_window, name="missed_window"),
    path("w/<slug:slug>/publishing/missed/decide/", running.decide_missed, name="decide_missed"),
    path("w/<slug:slug>/connections/<uuid:uid>/pause/", running.pause_connection, name="pause_account"),
    path("w/<slug:slug>/connections/<uuid:uid>/resume/", running.resume_connection, name="resume_account"),
]
