"""What a workspace wants with posts whose time passed, and its crisis stop. Only adds columns, each with a default that
the database knows, so that code from before it keeps running."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_isolation")]
    operations = [
        migrations.AddField(
            "workspace",
            "missed_policy",
            models.CharField(
                choices=[("publish", "Publish late"), ("ask", "Ask me"), ("hold", "Hold quietly")],
                db_default="ask",
                default="ask",
                max_length=7,
            ),
        ),
        migrations.AddField("workspace", "missed_minutes", models.PositiveSmallIntegerField(db_default=15, default=15)),
        migrations.AddField("workspace", "paused_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "workspace",
            "paused_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "workspace",
            models.CheckConstraint(
                condition=models.Q(missed_minutes__gte=1, missed_minutes__lte=360), name="missed_minutes_in_range"
            ),
        ),
    ]
