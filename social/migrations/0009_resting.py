"""Accounts that the plan has no room for rest. Only adds columns."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0008_revocation")]
    operations = [
        migrations.AddField("connection", "resting_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "connection", "resting_reason", models.CharField(blank=True, db_default="", default="", max_length=300)
        ),
    ]
