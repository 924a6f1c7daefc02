"""Brand voices, and the trail of generations. Only adds tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import multivio.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0007_firebase_identity"),
        ("social", "0007_label_and_primary"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BrandVoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.TextField(blank=True, max_length=1000)),
                ("rules", models.TextField(blank=True, max_length=2000)),
                ("samples", models.TextField(blank=True, max_length=4000)),
                ("avoid", models.TextField(blank=True, max_length=1000)),
                ("languages", models.CharField(blank=True, max_length=120)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "connection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="voices",
                        to="social.connection",
                    ),
                ),
                (
                    "updated_by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="voices", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "connection"), name="one_voice_each", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Generation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=multivio.ids.new_uid, editable=False, unique=True)),
                ("task", models.CharField(max_length=20)),
                ("prompt_version", models.PositiveSmallIntegerField()),
                ("prompt_hash", models.CharField(max_length=64)),
                ("platform", models.CharField(blank=True, max_length=12)),
                ("model", models.CharField(blank=True, max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("broken", "Broken off"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("text", models.TextField(blank=True)),
                ("items", models.JSONField(blank=True, default=list)),
                ("problems", models.JSONField(blank=True, default=list)),
                ("repaired", models.BooleanField(default=False)),
                ("tokens_in", models.PositiveIntegerField(default=0)),
                ("tokens_out", models.PositiveIntegerField(default=0)),
                ("cost_ticks", models.BigIntegerField(default=0)),
                ("cost_is_estimate", models.BooleanField(default=True)),
                ("credits", models.PositiveIntegerField()),
                ("first_word_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("duration_ms", models.PositiveIntegerField(default=0)),
                ("taken", models.BooleanField(null=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("choice", models.UUIDField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "connection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="social.connection",
                    ),
                ),
                (
                    "user",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="generations", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "-created_at", "-id"], name="generation_newest")],
            },
        ),
    ]
