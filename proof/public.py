"""The verdict about platforms other than X, by what everybody can see there: the posts themselves, and nothing that the
product says about them.

The same invariants as in proof/checker.py, as far as the timelines tell: each part at most once (I1), everything at rest
(I2), published means live under the id that is stored (I3), whatever is live is told (I4) and is what was planned (I5). By
the journal and the calls: one at a time on each account (I6), in order of time (I7).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from proof.checker import TOKEN, UNFINISHED, VISIBLE, Evidence, Violation, in_order, one_at_a_time
from proof.history import Attempt, History, Publication, RemotePost, X

IN_DOUBT = frozenset({"needs_human", "unknown", "leased", "sending"})
Live = Mapping[tuple[int, int], Sequence[RemotePost]]


def check(history: History) -> Iterator[Violation]:
    """Every violation on platforms other than X."""
    rows = [row for row in history.publications if row.platform != X]
    live, strangers = _live(rows, history.remote_posts)
    stored = _stored(history.attempts)
    asked = {one.post for one in history.operations if one.op == "cancel" and one.outcome != "refused"}
    for row in rows:
        yield from _at_rest(row)
        if row.state == "cancelled" and row.post_id not in asked:
            yield Violation("I2", "lost", row.id, "is cancelled and nobody asked for that")
        for part in range(1, len(row.texts) + 1):
            yield from _part(row, part, live.get((row.id, part), ()), stored.get((row.id, part), frozenset()))
    for post in strangers:
        yield Violation("I4", "", None, f"{post.platform} shows a post of nobody: {post.text!r}")
    for slug in sorted({row.platform for row in rows}):
        evidence = Evidence(history.of(slug))
        yield from one_at_a_time(evidence)
        yield from in_order(evidence)


def _live(
    rows: Sequence[Publication], posts: Sequence[RemotePost]
) -> tuple[dict[tuple[int, int], list[RemotePost]], list[RemotePost]]:
    """The posts of each part, by its token and account; and those that nobody planned."""
    owners: dict[tuple[str, str, str], tuple[int, int]] = {}
    for row in rows:
        for part, text in enumerate(row.texts, 1):
            owners[row.platform, row.username, _token(text)] = row.id, part
    live: dict[tuple[int, int], list[RemotePost]] = defaultdict(list)
    strangers = []
    for post in posts:
        if post.platform == X or not TOKEN.search(post.text):
            continue  # the sandbox's own scenery
        owner = owners.get((post.platform, post.username, _token(post.text)))
        if owner is None:
            strangers.append(post)
        else:
            live[owner].append(post)
    return live, strangers


def _stored(attempts: Sequence[Attempt]) -> dict[tuple[int, int], frozenset[str]]:
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for attempt in attempts:
        if attempt.part and attempt.status == "ok" and not attempt.disproved:
            found[attempt.publication_id, attempt.part].add(attempt.remote_id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _at_rest(row: Publication) -> Iterator[Violation]:
    if row.state in UNFINISHED:
        yield Violation("I2", "stuck", row.id, f"is {row.state} on {row.platform} after everything had time to settle")
    elif row.state not in VISIBLE:
        yield Violation("I2", "lost", row.id, f"was planned for {row.platform} and is {row.state}")
    elif row.state in {"failed", "held", "needs_human"} and not row.error_sentence:
        yield Violation("I2", "lost", row.id, f"is {row.state} on {row.platform} and nobody is told why")


def _part(row: Publication, part: int, live: Sequence[RemotePost], stored: frozenset[str]) -> Iterator[Violation]:
    where = f"part {part} on {row.platform}"
    if len(live) > 1:
        ids = ", ".join(post.id for post in live)
        yield Violation("I1", "duplicates", row.id, f"{where} is there as {ids}")
    for post in live:
        if post.text.strip() != row.texts[part - 1].strip():
            yield Violation("I5", "", row.id, f"{where} went out as {post.text!r}")
        if row.state == "cancelled" and post.is_public:
            yield Violation("I5", "", row.id, f"is cancelled, and {where} is live")
    public = [post for post in live if post.is_public]
    if row.state == "published":
        if not public:
            yield Violation("I3", "false_published", row.id, f"{where} is not live")
        elif not any(name in post.names for post in public for name in stored):
            yield Violation(
                "I3", "false_published", row.id, f"{where} is live as {public[0].id}, stored as {set(stored)}"
            )
    doubted = row.state in IN_DOUBT and part == row.committed + 1
    if public and part > row.committed and not doubted:
        yield Violation("I4", "", row.id, f"{where} is live, but it is {row.state} with {row.committed} parts live")


def _token(text: str) -> str:
    found = TOKEN.search(text)
    return found[0] if found else text
