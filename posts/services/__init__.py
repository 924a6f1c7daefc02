"""Writes of posts. Every rule about who may write, schedule, cancel, retry or decide is in these modules, and every door
(pages, API, admin, tasks) calls them."""

from posts.services.approving import (
    NeedsApproval,
    PolicySet,
    approve,
    ask_for_changes,
    request_approval,
    set_policy,
    withdraw_request,
)
from posts.services.catching_up import Decided, decide_missed
from posts.services.deciding import decide_not_there, decide_there
from posts.services.deleting import delete_there
from posts.services.measuring import refresh_numbers
from posts.services.notes import add_note, delete_note
from posts.services.pausing import (
    GoingOn,
    Stopped,
    pause_connection,
    pause_workspace,
    resume_connection,
    resume_workspace,
    set_missed_window,
)
from posts.services.planning import At, Draft, NextSlot, Now, Plan
from posts.services.publishing import cancel_post, cancel_publication, publish_now, retry
from posts.services.scheduling import MOST as MOST_SLOTS
from posts.services.scheduling import copy_schedule, schedule_of, set_schedule, version_of
from posts.services.writing import check, create_post, delete_draft, edit_post, offered

__all__ = [
    "MOST_SLOTS",
    "At",
    "Decided",
    "Draft",
    "GoingOn",
    "NeedsApproval",
    "NextSlot",
    "Now",
    "Plan",
    "PolicySet",
    "Stopped",
    "add_note",
    "approve",
    "ask_for_changes",
    "cancel_post",
    "cancel_publication",
    "check",
    "copy_schedule",
    "create_post",
    "decide_missed",
    "decide_not_there",
    "decide_there",
    "delete_draft",
    "delete_note",
    "delete_there",
    "edit_post",
    "offered",
    "pause_connection",
    "pause_workspace",
    "publish_now",
    "refresh_numbers",
    "request_approval",
    "resume_connection",
    "resume_workspace",
    "retry",
    "schedule_of",
    "set_missed_window",
    "set_policy",
    "set_schedule",
    "version_of",
    "withdraw_request",
]
