"""Keeps the post's state for less, and drops indexes that are the beginning of another one: each state change of a
publication wrote a dozen index entries that nobody read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from posts.migration_sql import SQL, text_of

DEARER = "".join(
    [
        text_of("mv_keep_post_state", file="post_state"),
        text_of("mv_post_state_updated", file="post_state"),
        text_of("mv_record", file="engine"),
        "drop function mv_accept_plain(jsonb);\n",
    ]
)


def unindexed(to: str, related_name: str, on_delete: object = django.db.models.deletion.CASCADE) -> models.ForeignKey:
    return models.ForeignKey(db_index=False, on_delete=on_delete, related_name=related_name, to=to)  # type: ignore[arg-type]


class Migration(migrations.Migration):
    dependencies = [("posts", "0003_pausing_and_outbox"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunSQL((SQL / "cheaper.sql").read_text(), DEARER),
        migrations.AlterField("post", "workspace", unindexed("accounts.workspace", "posts")),
        migrations.AlterField("publication", "post", unindexed("posts.post", "publications")),
        migrations.AlterField("attempt", "publication", unindexed("posts.publication", "attempts")),
    ]
