"""Pages of people and workspaces."""

from django.urls import path

from accounts.views import joining, members, profile, workspace

urlpatterns = [
    path("w/<slug:slug>/settings/", workspace.settings, name="settings"),
    path("w/<slug:slug>/settings/leave/", workspace.leave, name="leave_workspace"),
    path("w/<slug:slug>/settings/hand-over/", workspace.hand_over, name="hand_over_workspace"),
    path("w/<slug:slug>/settings/close/", workspace.close, name="close_workspace"),
    path("w/<slug:slug>/settings/keep/", workspace.keep, name="keep_workspace"),
    path("w/<slug:slug>/settings/export/", workspace.export, name="export_workspace"),
    path("w/<slug:slug>/settings/members/", members.members, name="members"),
    path("w/<slug:slug>/settings/members/<uuid:uid>/role/", members.change_role, name="change_role"),
    path("w/<slug:slug>/settings/members/<uuid:uid>/remove/", members.remove, name="remove_member"),
    path("w/<slug:slug>/settings/invitations/<uuid:uid>/again/", members.send_again, name="send_invitation_again"),
    path("w/<slug:slug>/settings/invitations/<uuid:uid>/withdraw/", members.withdraw, name="withdraw_invitation"),
    path("invitations/<slug:secret>/", joining.invitation, name="invitation"),
    path("profile/", profile.profile, name="profile"),
    path("profile/picture/", profile.set_picture, name="set_picture"),
    path("profile/export/", profile.export, name="export_my_data"),
    path("profile/delete/", profile.delete_account, name="delete_account"),
    path("people/<uuid:uid>/picture", profile.picture, name="picture"),
]
