"""Which connections stay on a smaller plan, and what a workspace has in one question. Only adds."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_credits_and_meter"), ("accounts", "0006_trail_and_notifications")]
    operations = [
        migrations.AddField(
            "billingaccount",
            "staying",
            models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField("billingaccount", "chosen_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("billingaccount", "rests_from", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("billingaccount", "resting_since", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("billingaccount", "told_ending_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL((SQL / "standing.sql").read_text(), (SQL / "standing_undo.sql").read_text()),
    ]
