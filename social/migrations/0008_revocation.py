"""Grants that platforms have to be told of. Only the system sees them. Only adds a table."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import multivio.crypto
import multivio.ids
from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_firebase_identity"),
        ("social", "0007_label_and_primary"),
    ]

    operations = [
        migrations.CreateModel(
            name="Revocation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=multivio.ids.new_uid, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[
                            ("x", "X"),
                            ("facebook", "Facebook"),
                            ("instagram", "Instagram"),
                            ("linkedin", "LinkedIn"),
                            ("youtube", "YouTube"),
                            ("tiktok", "TikTok"),
                            ("threads", "Threads"),
                        ],
                        max_length=12,
                    ),
                ),
                ("remote_user_id", models.CharField(max_length=191)),
                ("access_token", multivio.crypto.EncryptedTextField()),
                ("refresh_token", multivio.crypto.EncryptedTextField(blank=True, default="")),
                ("token_secret", multivio.crypto.EncryptedTextField(blank=True, default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        protect("social_revocation", visible=None),
    ]
