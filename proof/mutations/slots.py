"""The guards of slots and of what Grok proposes for them, each as the edit that takes it away."""

from proof.mutations.guards import Guard

IDEAS = ("posts/tests/test_ideas.py",)

GUARDS = (
    Guard(
        "a slot is taken by one of two who want it at once",
        "posts/services/queueing.py",
        "    _lock(row.connection_id for row in rows)\n",
        "",
        ("posts/tests/test_queueing.py",),
    ),
    Guard(
        "a slot whose time is taken is not free",
        "posts/slots.py",
        " if one.due_at not in taken)",
        ")",
        ("posts/tests/test_slots.py",),
    ),
    Guard(
        "what Grok makes for a slot is a draft",
        "posts/words/ideas.py",
        "content=content, plan=plan)",
        "content=content, plan=services.NextSlot())",
        IDEAS,
    ),
    Guard(
        "a time proposed for a slot is no plan",
        "posts/migrations/0013_slots.py",
        'condition=models.Q(("proposed_for__isnull", True), ("due_at__isnull", True), _connector="OR")',
        'condition=models.Q(("id__gte", 0))',
        IDEAS,
    ),
)
