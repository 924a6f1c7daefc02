"""Publications in every state, reached by the functions that the engine uses, within the test's own transaction."""

import json
from typing import Any

from django.db import connection

from multivio import tenancy
from posts.models import Post, Publication


def publication_of(post: Post) -> Publication:
    """The post's only publication."""
    with tenancy.system("test"):
        found: Publication = Publication.objects.get(post_id=post.pk)
        return found


def claimed(post: Post) -> Publication:
    """A worker holds it; nothing is public."""
    with tenancy.system("test"), connection.cursor() as cursor:
        cursor.execute("select id from mv_claim('test', 50, '60 s', 50)")
        found = publication_of(post)
        assert found.pk in {row[0] for row in cursor.fetchall()}
    return found


def sending(post: Post, step: int = 1) -> Publication:
    """The call that makes part `step` public may be on its way."""
    found = publication_of(post)
    if found.state == "scheduled":
        found = claimed(post)
    with tenancy.system("test"), connection.cursor() as cursor:
        cursor.execute(
            "select mv_intend(array[%s::bigint], array[%s::bigint], array[%s], array[''], array[%s], '60 s')",
            [found.pk, found.fence, f"commit:{step}", found.commits],
        )
        assert cursor.fetchall() == [(found.pk,)]
    return publication_of(post)


def _recorded(post: Post, step: int, **said: Any) -> Publication:
    found = sending(post, step)
    item = {"id": found.pk, "fence": found.fence, "step": f"commit:{step}", "lease": "60 s", **said}
    with tenancy.system("test"), connection.cursor() as cursor:
        cursor.execute("select mv_record(%s::jsonb)", [json.dumps([item])])
    return publication_of(post)


def public(post: Post, step: int = 1) -> Publication:
    """Part `step` is public."""
    remote_id = str(post.pk * 1000 + step)
    url = f"https://x.com/norrestudio/status/{remote_id}"
    return _recorded(post, step, kind="ok", http_status=201, remote_id=remote_id, remote_url=url)


def refused(post: Post, step: int = 1) -> Publication:
    """The platform said no to part `step`: failed."""
    return _recorded(
        post,
        step,
        kind="refused",
        next="failed",
        http_status=403,
        code="not_allowed",
        sentence="X does not allow this post.",
        next_step="Change the text and retry.",
        detail="raw answer",
    )


def unknown(post: Post, step: int = 1) -> Publication:
    """No answer came back for part `step`."""
    said = {"code": "timeout", "sentence": "X did not answer in time.", "check_seconds": 2}
    return _recorded(post, step, kind="ambiguous", **said)


def needing_a_person(post: Post, step: int = 1) -> Publication:
    """Every look was in vain: somebody has to decide."""
    found = unknown(post, step)
    with tenancy.system("test"), connection.cursor() as cursor:
        cursor.execute("select mv_give_up(%s, %s, %s, %s)", [found.pk, found.fence, "Nobody knows.", "Look there."])
        assert cursor.fetchone() == (True,)
    return publication_of(post)


def held(post: Post) -> Publication:
    """It waits for a person or a reconnection, before anything was sent."""
    with tenancy.system("test"):
        Publication.objects.filter(post_id=post.pk).update(
            state="held",
            error_code="missed_window",
            error_sentence="Its time passed.",
            error_next_step="Publish it now.",
        )
    return publication_of(post)
