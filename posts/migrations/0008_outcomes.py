"""Outcomes on their way into the audit trail. Adds a column that may be empty and replaces the trigger in place; what was in the
outbox before counts as noted."""

from django.db import migrations, models
from django.db.models.functions import Now

from posts.migration_sql import SQL, text_of, trigger_of

UNDO = "".join(
    [
        "delete from posts_outbox where state = 'published';\n",
        text_of("mv_outbox", file="outbox"),
        "drop trigger outbox on posts_publication;\n",
        trigger_of("outbox", file="outbox"),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("posts", "0007_stopped_part_way"), ("accounts", "0006_trail_and_notifications")]
    operations = [
        # The default fills the rows that are there and is gone afterwards.
        migrations.AddField(
            "outbox", "noted_at", models.DateTimeField(blank=True, null=True, db_default=Now()), preserve_default=True
        ),
        migrations.AlterField("outbox", "noted_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "outbox",
            models.Index(fields=["workspace", "id"], condition=models.Q(noted_at=None), name="outbox_unnoted"),
        ),
        migrations.RunSQL((SQL / "outcomes.sql").read_text(), UNDO),
    ]
