"""`/api/v1/notifications` and `/api/v1/devices`: what the caller is told, how, and on which devices."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts import preferences
from accounts.authentication import actor_of
from accounts.inbox import services
from accounts.notification_models import Device, Kind, Mail, Notification
from accounts.preferences import Wish
from multivio.api import Cursor, StrictSerializer
from multivio.idempotency import IdempotentMixin

PAGING = {"cursor", "limit", "format"}


class NotificationOut(serializers.Serializer[Notification]):
    """Something that you are told. `url` is where it leads, a path of this installation."""

    id = serializers.UUIDField(source="uid")
    kind = serializers.ChoiceField(choices=Kind.choices)
    title = serializers.CharField()
    body = serializers.CharField()
    url = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NotificationFilters(StrictSerializer):
    unread = serializers.BooleanField(required=False, help_text="Only those that were not read yet.")


class ReadIn(StrictSerializer):
    notifications = serializers.ListField(
        child=serializers.UUIDField(), max_length=100, required=False, help_text="Only these; left out: all of them."
    )


class ReadOut(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many had not been read before.")
    unread = serializers.IntegerField(help_text="How many are left.")


class WishOut(serializers.Serializer[Any]):
    in_app = serializers.BooleanField(help_text="In the product itself.")
    mail = serializers.ChoiceField(choices=Mail.choices)
    push = serializers.BooleanField()


class PreferencesOut(serializers.Serializer[Any]):
    """How you hear of each kind of thing, in all your workspaces."""


class WishIn(StrictSerializer):
    in_app = serializers.BooleanField(required=False)
    mail = serializers.ChoiceField(choices=Mail.choices, required=False)
    push = serializers.BooleanField(required=False)


class PreferencesIn(StrictSerializer):
    """What is left out stays as it is."""


for _kind in preferences.OFFERED:
    PreferencesOut._declared_fields[_kind.value] = WishOut(help_text=str(_kind.label))
    PreferencesIn._declared_fields[_kind.value] = WishIn(required=False)


class DeviceIn(StrictSerializer):
    token = serializers.CharField(max_length=512, help_text="The registration token that Firebase gave the app.")
    system = serializers.ChoiceField(choices=Device.System.choices)
    name = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class DeviceOut(serializers.Serializer[Device]):
    """A device that takes push messages. Its token is never shown."""

    id = serializers.UUIDField(source="uid")
    system = serializers.ChoiceField(choices=Device.System.choices)
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()


class DeviceList(serializers.Serializer[Any]):
    results = DeviceOut(many=True)


def _read(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    sent = shape(data=data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


class NotificationViewSet(IdempotentMixin, GenericViewSet[Notification]):
    """What you are told in this workspace and about your account."""

    queryset = Notification.objects.none()
    serializer_class = NotificationOut
    pagination_class = Cursor

    @extend_schema(operation_id="notifications_list", summary="List", parameters=[NotificationFilters])
    def list(self, request: Request) -> Response:
        """Newest first."""
        actor = actor_of(request)
        asked = {name: value for name, value in request.query_params.items() if name not in PAGING}
        rows = services.own(actor.user, workspace_id=actor.workspace.pk)
        if _read(NotificationFilters, asked).get("unread"):
            rows = rows.filter(read_at=None)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(operation_id="notifications_read", summary="Mark as read", request=ReadIn, responses=ReadOut)
    def read(self, request: Request) -> Response:
        """Some, or all. Doing it twice is harmless."""
        actor, uids = actor_of(request), _read(ReadIn, request.data).get("notifications")
        rows = services.own(actor.user, workspace_id=actor.workspace.pk, uids=uids)
        read = services.mark_read(rows=rows.order_by())
        left = services.own(actor.user, workspace_id=actor.workspace.pk).filter(read_at=None).count()
        return Response({"read": read, "unread": left})


class PreferencesView(APIView):
    @extend_schema(operation_id="notifications_preferences", summary="Read preferences", responses=PreferencesOut)
    def get(self, request: Request) -> Response:
        """Kind by kind."""
        services.refuse_key()
        return Response(_shown(request))

    @extend_schema(
        operation_id="notifications_choose",
        summary="Change preferences",
        request=PreferencesIn,
        responses=PreferencesOut,
    )
    def patch(self, request: Request) -> Response:
        """What concerns the safety of your account is mailed always."""
        services.refuse_key()
        said, user = _read(PreferencesIn, request.data), actor_of(request).user
        stored = preferences.of(user)
        chosen = {Kind(kind): Wish(**{**vars(stored[Kind(kind)]), **_wish(wish)}) for kind, wish in said.items()}
        preferences.choose(user=user, chosen=chosen)
        return Response(_shown(request))


def _wish(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "mail": Mail(said["mail"])} if "mail" in said else said


def _shown(request: Request) -> dict[str, Any]:
    return {kind.value: vars(wish) for kind, wish in preferences.of(actor_of(request).user).items()}


class DevicesView(IdempotentMixin, APIView):
    @extend_schema(operation_id="devices_list", summary="List devices", responses=DeviceList)
    def get(self, request: Request) -> Response:
        """Your devices, oldest first."""
        services.refuse_key()
        rows = Device.objects.filter(user=actor_of(request).user).order_by("id")
        return Response({"results": [DeviceOut(row).data for row in rows]})

    @extend_schema(operation_id="devices_add", summary="Add a device", request=DeviceIn, responses={201: DeviceOut})
    def post(self, request: Request) -> Response:
        """Push to this device from now on. Send it again whenever the app starts or its token changes."""
        device = services.add_device(user=actor_of(request).user, **_read(DeviceIn, request.data))
        return Response(DeviceOut(device).data, status=201)


class DeviceView(APIView):
    @extend_schema(operation_id="devices_remove", summary="Remove a device", responses={204: None})
    def delete(self, request: Request, uid: Any) -> Response:
        """Push to it no more."""
        services.remove_device(user=actor_of(request).user, uid=uid)
        return Response(status=204)


urlpatterns = [
    path("notifications", NotificationViewSet.as_view({"get": "list"}), name="notifications"),
    path("notifications/read", NotificationViewSet.as_view({"post": "read"}), name="read-notifications"),
    path("notifications/preferences", PreferencesView.as_view(), name="notification-preferences"),
    path("devices", DevicesView.as_view(), name="devices"),
    path("devices/<uuid:uid>", DeviceView.as_view(), name="device"),
]
