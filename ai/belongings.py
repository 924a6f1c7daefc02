"""What ai keeps of a person or a workspace: shown to them as a file, and deleted with a workspace."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User, Workspace
from accounts.signals import personal_data_asked, workspace_data_asked
from ai.models import BrandVoice, Generation

Sections = dict[str, list[dict[str, Any]]]
ASKED = ("task", "platform", "text", "credits", "taken", "created_at")


@receiver(personal_data_asked)
def of_person(sender: Any, user: User, **_kwargs: Any) -> Sections:
    """What Grok wrote for somebody, wherever that was."""
    rows = Generation.objects.filter(user=user).order_by("pk")
    return {"Written with Grok": list(rows.values("workspace__name", *ASKED))}


@receiver(workspace_data_asked)
def of_workspace(sender: Any, workspace: Workspace, **_kwargs: Any) -> Sections:
    voices = BrandVoice.objects.filter(workspace=workspace).order_by("pk")
    rows = Generation.objects.filter(workspace=workspace).order_by("pk")
    told: Any = voices.values("connection__username", "about", "rules", "samples", "avoid", "languages", "updated_at")
    return {
        "Brand voices": list(told),
        "Written with Grok": list(rows.values("uid", "user__name", *ASKED)),
    }
