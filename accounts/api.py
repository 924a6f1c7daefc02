"""`/api/v1/workspace`, `/members`, `/invitations` and `/me`: the workspace of the key, who is in it, and oneself."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import invitations, members, profiles, workspaces
from accounts.authentication import actor_of
from accounts.models import Invitation, Member, Theme, User, Weekday, Workspace
from accounts.roles import Right, Role
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin

Shape = serializers.Serializer[Any]


class NothingToSend(StrictSerializer):
    """This takes no fields."""


class WorkspaceOut(Shape):
    """The workspace that this key or sign-in is in."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField(help_text="Its part of the addresses of pages.")
    zone = serializers.CharField(help_text="IANA name, such as Europe/Copenhagen.")
    week_start = serializers.ChoiceField(choices=Weekday.choices, help_text="ISO number: 1 is Monday, 7 Sunday.")
    approval = serializers.CharField(help_text="Whose yes posts need: none, optional or required.")
    role = serializers.ChoiceField(choices=Role.choices, help_text="Yours.")
    closing_at = serializers.DateTimeField(allow_null=True, help_text="When it is deleted for good, if somebody did.")


class WorkspaceIn(StrictSerializer):
    name = serializers.CharField(required=False, max_length=80)
    zone = serializers.CharField(required=False, max_length=64)
    week_start = serializers.ChoiceField(required=False, choices=Weekday.choices)


class MemberOut(Shape):
    """Somebody in the workspace."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    work = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    joined_at = serializers.DateTimeField()


class RoleIn(StrictSerializer):
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationOut(Shape):
    """An invitation that nobody has accepted yet. Its link is mailed, and shown nowhere."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class InvitationIn(StrictSerializer):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class MeOut(Shape):
    """Whoever calls."""

    email = serializers.EmailField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    work = serializers.CharField()
    bio = serializers.CharField()
    zone = serializers.CharField(help_text="Empty: that of the workspace.")
    language = serializers.CharField()
    theme = serializers.ChoiceField(choices=Theme.choices)


class MeIn(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    short_name = serializers.CharField(required=False, allow_blank=True, max_length=60)
    work = serializers.CharField(required=False, allow_blank=True, max_length=120)
    bio = serializers.CharField(required=False, allow_blank=True, max_length=600)
    zone = serializers.CharField(required=False, allow_blank=True, max_length=64)
    language = serializers.CharField(required=False, max_length=10)
    theme = serializers.ChoiceField(required=False, choices=Theme.choices)


INVITE = OpenApiExample(
    "A contributor", value={"email": "ingrid@norre.studio", "role": "contributor"}, request_only=True
)


def _read(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    sent = shape(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def show_workspace(workspace: Workspace, role: str) -> dict[str, Any]:
    fields = ("name", "slug", "zone", "week_start", "approval", "closing_at")
    return WorkspaceOut({"id": workspace.uid, "role": role, **{name: getattr(workspace, name) for name in fields}}).data


def show_member(member: Member) -> dict[str, Any]:
    person = {"name": member.user.get_full_name(), "email": member.user.email, "work": member.user.work}
    return MemberOut({"id": member.uid, **person, "role": member.role, "joined_at": member.joined_at}).data


def show_invitation(row: Invitation) -> dict[str, Any]:
    fields = ("email", "role", "sent_at", "expires_at")
    return InvitationOut({"id": row.uid, **{name: getattr(row, name) for name in fields}}).data


class WorkspaceView(APIView):
    """The workspace."""

    @extend_schema(operation_id="workspace_read", summary="Read", responses=WorkspaceOut)
    def get(self, request: Request) -> Response:
        """The workspace of the key, or the one that `Multivio-Workspace` names."""
        actor = actor_of(request)
        return Response(show_workspace(actor.workspace, actor.role))

    @extend_schema(operation_id="workspace_change", summary="Change", request=WorkspaceIn, responses=WorkspaceOut)
    def patch(self, request: Request) -> Response:
        """Name, zone and the day on which a week begins. For owners and admins."""
        actor = actor_of(request)
        return Response(show_workspace(workspaces.change(actor=actor, **_read(WorkspaceIn, request)), actor.role))


class LeaveView(IdempotentMixin, APIView):
    @extend_schema(operation_id="workspace_leave", summary="Leave", request=NothingToSend, responses={204: None})
    def post(self, request: Request) -> Response:
        """End your membership, and your keys here with it. The last owner cannot."""
        _read(NothingToSend, request)
        members.leave(actor=actor_of(request))
        return Response(status=204)


class MembersView(APIView):
    @extend_schema(operation_id="members_list", summary="List members", responses=MemberOut(many=True))
    def get(self, request: Request) -> Response:
        """Owners first, viewers last."""
        rows = Member.objects.in_workspace(actor_of(request).workspace.pk)
        return Response([show_member(row) for row in rows])


class MemberView(APIView):
    @extend_schema(operation_id="members_change", summary="Change a role", request=RoleIn, responses=MemberOut)
    def patch(self, request: Request, uid: UUID) -> Response:
        """For owners and admins; only owners make or unmake owners, and nobody changes their own role."""
        said, member = _read(RoleIn, request), _member(request, uid)
        return Response(show_member(members.change_role(actor=actor_of(request), member=member, role=said["role"])))

    @extend_schema(operation_id="members_remove", summary="Remove a member", responses={204: None})
    def delete(self, request: Request, uid: UUID) -> Response:
        """Their keys here end at once."""
        members.remove_member(actor=actor_of(request), member=_member(request, uid))
        return Response(status=204)


class HandOverView(IdempotentMixin, APIView):
    @extend_schema(
        operation_id="members_hand_over", summary="Hand the workspace over", request=NothingToSend, responses=MemberOut
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """This member becomes the owner, and you an admin. For owners."""
        _read(NothingToSend, request)
        member = _member(request, uid)
        members.hand_over(actor=actor_of(request), member=member)
        member.refresh_from_db(fields=["role"])
        return Response(show_member(member))


class InvitationsView(IdempotentMixin, APIView):
    @extend_schema(operation_id="invitations_list", summary="List invitations", responses=InvitationOut(many=True))
    def get(self, request: Request) -> Response:
        """Those that nobody has accepted yet. For owners and admins."""
        actor = actor_of(request)
        actor.require(Right.MEMBERS)
        return Response([show_invitation(row) for row in Invitation.objects.open_in(actor.workspace.pk)])

    @extend_schema(
        operation_id="invitations_create",
        summary="Invite somebody",
        request=InvitationIn,
        responses={201: InvitationOut},
        examples=[INVITE],
    )
    def post(self, request: Request) -> Response:
        """The link goes to this address by mail, and works for whoever has it."""
        invitation = invitations.invite(actor=actor_of(request), **_read(InvitationIn, request))
        return Response(show_invitation(invitation), status=201)


class InvitationView(APIView):
    @extend_schema(operation_id="invitations_withdraw", summary="Withdraw an invitation", responses={204: None})
    def delete(self, request: Request, uid: UUID) -> Response:
        """Its link opens nothing any more."""
        invitations.withdraw(actor=actor_of(request), invitation=_invitation(request, uid))
        return Response(status=204)


class InvitationAgainView(IdempotentMixin, APIView):
    @extend_schema(
        operation_id="invitations_resend", summary="Send it again", request=NothingToSend, responses=InvitationOut
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """A new link and new days; the link before works no more."""
        _read(NothingToSend, request)
        again = invitations.send_again(actor=actor_of(request), invitation=_invitation(request, uid))
        return Response(show_invitation(again))


class MeView(APIView):
    """Your own profile."""

    @extend_schema(operation_id="me_read", summary="Read", responses=MeOut)
    def get(self, request: Request) -> Response:
        """Who you are to Multivio."""
        return Response(MeOut(_me(request)).data)

    @extend_schema(operation_id="me_change", summary="Change", request=MeIn, responses=MeOut)
    def patch(self, request: Request) -> Response:
        """Only what you send."""
        return Response(MeOut(profiles.change_profile(user=_me(request), **_read(MeIn, request))).data)


def _me(request: Request) -> User:
    return actor_of(request).user


def _member(request: Request, uid: UUID) -> Member:
    rows = Member.objects.filter(workspace=actor_of(request).workspace, uid=uid).select_related("user")
    found: Member | None = rows.first()
    if found is None:
        raise Http404("no such member")
    return found


def _invitation(request: Request, uid: UUID) -> Invitation:
    found: Invitation | None = Invitation.objects.filter(workspace=actor_of(request).workspace, uid=uid).first()
    if found is None:
        raise Http404("no such invitation")
    return found


urlpatterns = [
    path("workspace", WorkspaceView.as_view(), name="workspace"),
    path("workspace/leave", LeaveView.as_view(), name="leave"),
    path("members", MembersView.as_view(), name="members"),
    path("members/<uuid:uid>", MemberView.as_view(), name="member"),
    path("members/<uuid:uid>/hand-over", HandOverView.as_view(), name="hand-over"),
    path("invitations", InvitationsView.as_view(), name="invitations"),
    path("invitations/<uuid:uid>", InvitationView.as_view(), name="invitation"),
    path("invitations/<uuid:uid>/resend", InvitationAgainView.as_view(), name="resend-invitation"),
    path("me", MeView.as_view(), name="me"),
]
