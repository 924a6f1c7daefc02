"""A label of one's own, and one primary account for each platform. Adds columns with defaults that the database knows."""

from django.db import migrations, models

# The account that was connected first was the one that came first on every page so far.
FIRST_IS_PRIMARY = """
update social_connection c set is_primary = true
where c.id in (select min(id) from social_connection where disconnected_at is null group by workspace_id, platform)
"""


class Migration(migrations.Migration):
    dependencies = [("social", "0006_warned")]
    operations = [
        migrations.AddField(
            "connection", "label", models.CharField(blank=True, db_default="", default="", max_length=60)
        ),
        migrations.AddField("connection", "is_primary", models.BooleanField(db_default=False, default=False)),
        migrations.RunSQL(FIRST_IS_PRIMARY, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "connection",
            models.UniqueConstraint(
                condition=models.Q(("is_primary", True)),
                fields=("workspace", "platform"),
                name="one_primary_account_per_platform",
            ),
        ),
    ]
