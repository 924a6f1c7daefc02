"""Pictures that a worker is to draw. Only adds a table."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_firebase_identity"), ("ai", "0003_request_id")]

    operations = [
        migrations.CreateModel(
            name="Drawing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wish", models.TextField()),
                ("ratio", models.CharField(max_length=5)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "generation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drawing", to="ai.generation"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
        ),
        protect("ai_drawing"),
    ]
