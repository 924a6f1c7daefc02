"""The guards of Grok's words and pictures, each as the edit that takes it away."""

from proof.mutations.guards import Guard

PICTURES = ("posts/tests/test_pictures.py",)
FEEDS = ("multivio/tests/test_feeds.py",)

GUARDS = (
    Guard(
        "a picture is asked for once",
        "ai/drawing.py",
        "filter(pk=drawing, asked_at=None).update",
        "filter(pk=drawing).update",
        PICTURES,
    ),
    Guard(
        "a drawing that ended has ended",
        "ai/drawing.py",
        "    if row is None:\n        return\n    if is_free",
        "    if is_free",
        PICTURES,
    ),
    Guard(
        "pictures leave room for other work",
        "ai/drawing.py",
        "count() >= AT_ONCE",
        "count() < 0",
        PICTURES,
    ),
    Guard(
        "who may no longer write gets no picture",
        "ai/drawing.py",
        "if actor is None or not actor.may(Right.WRITE_POSTS):",
        "if actor is None:",
        PICTURES,
    ),
    Guard(
        "a picture that waits for a worker is not taken for lost",
        "ai/services.py",
        "state=Generation.State.RUNNING, drawing=None)",
        "state=Generation.State.RUNNING)",
        PICTURES,
    ),
    Guard(
        "a feed that defines entities is not parsed",
        "multivio/feeds.py",
        "if ENTITY.search(found.text):",
        "if False:",
        FEEDS,
    ),
    Guard(
        "an entry leads to pages only",
        "multivio/feeds.py",
        'parts.scheme in {"http", "https"} and ',
        "",
        FEEDS,
    ),
    Guard(
        "an address leads to what is public",
        "multivio/fetching.py",
        "if not numbers or not all(is_public(number) for number in numbers):",
        "if not numbers:",
        ("ai/tests/test_safety.py",),
    ),
)
