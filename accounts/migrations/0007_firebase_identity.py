"""Who signs in with Firebase. Only adds a table."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_trail_and_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="FirebaseIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("project_id", models.CharField(max_length=64)),
                ("uid", models.CharField(max_length=128)),
                ("provider", models.CharField(max_length=40)),
                ("email_at_link", models.EmailField(max_length=254)),
                ("linked_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="firebase_identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "firebase identities",
                "constraints": [
                    models.UniqueConstraint(fields=("project_id", "uid"), name="one_account_for_a_firebase_uid")
                ],
            },
        ),
    ]
