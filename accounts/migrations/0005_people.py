"""Members as people manage them: invitations, profiles, approval and closing of a workspace. Columns come with defaults that
the database knows, so that code from before it keeps running; members are written by definer functions alone."""

import uuid
from pathlib import Path

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.models
import multivio.ids
from multivio.rls import protect

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_key_scopes"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="uid",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="bio",
            field=models.TextField(blank=True, db_default="", default="", max_length=600, verbose_name="about you"),
        ),
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(choices=[("en", "English")], db_default="en", default="en", max_length=10),
        ),
        migrations.AddField(
            model_name="user",
            name="picture",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="short_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60, verbose_name="what to call you"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="theme",
            field=models.CharField(
                choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")],
                db_default="auto",
                default="auto",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="work",
            field=models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="what you do"),
        ),
        migrations.AddField(
            model_name="user",
            name="zone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=64,
                validators=[accounts.models.validate_zone],
                verbose_name="time zone",
            ),
        ),
        migrations.AddField(
            model_name="workspace",
            name="approval",
            field=models.CharField(
                choices=[
                    ("none", "No approval"),
                    ("optional", "When somebody asks for it"),
                    ("required", "For every post"),
                ],
                db_default="none",
                default="none",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="workspace",
            name="closing_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="workspace",
            name="closing_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="workspace",
            name="week_start",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Monday"), (6, "Saturday"), (7, "Sunday")],
                db_default=1,
                default=1,
                verbose_name="a week begins on",
            ),
        ),
        migrations.CreateModel(
            name="Avatar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("picture", models.BinaryField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="avatar", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=multivio.ids.new_uid, editable=False, unique=True)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Admin"),
                            ("editor", "Editor"),
                            ("contributor", "Contributor"),
                            ("viewer", "Viewer"),
                        ],
                        default="editor",
                        max_length=12,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("workspace"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        name="one_open_invitation",
                    )
                ],
            },
        ),
        migrations.RunSQL((SQL / "people.sql").read_text(), (SQL / "people_undo.sql").read_text()),
        protect("accounts_invitation"),
    ]
