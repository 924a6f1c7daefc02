"""How late is too late: a workspace's wish about posts whose time passed while nothing could be sent."""

from accounts.models import MissedPolicy, Workspace

LATEST_MINUTES = 6 * 60  # whatever a workspace wishes, older than this is never sent without asking


def missed_seconds(policy: str, minutes: int) -> float:
    """How late a post may still go out by itself, in seconds."""
    return 60.0 * (LATEST_MINUTES if policy == MissedPolicy.PUBLISH else min(minutes, LATEST_MINUTES))


def window_of(workspace: Workspace) -> float:
    return missed_seconds(workspace.missed_policy, workspace.missed_minutes)
