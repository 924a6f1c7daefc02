"""The audit trail and its chain, support's visits, and what people are told. Only adds tables and functions, and lets the two
functions behind every tenant policy know of visits as well."""

import uuid
from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import multivio.ids
from multivio.rls import MEMBER_ONLY, protect

SQL = Path(__file__).parent / "sql"
OWN = "user_id = (select mv_user())"
HERE = "(workspace_id is null or workspace_id in (select mv_my_workspaces()))"


def from_files(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / f"{name}.sql").read_text(), (SQL / f"{name}_undo.sql").read_text())


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_key_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", models.BigIntegerField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
                ("hash", models.CharField(blank=True, default="", max_length=64)),
                ("kept_seq", models.BigIntegerField(default=0)),
                ("kept_hash", models.CharField(blank=True, default="", max_length=64)),
                ("kept_mac", models.CharField(blank=True, default="", max_length=64)),
                ("key_id", models.CharField(blank=True, default="", max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("token", models.CharField(max_length=512, unique=True)),
                (
                    "system",
                    models.CharField(
                        choices=[("android", "Android"), ("ios", "iOS"), ("web", "Browser")], max_length=7
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=80)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=multivio.ids.new_uid, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("failed", "A post failed"),
                            ("needs_you", "A post needs you"),
                            ("token", "Access to an account ends or ended"),
                            ("approval", "Approval and notes on posts"),
                            ("invitation", "Invitations and members"),
                            ("billing", "Plan and payment"),
                            ("weekly", "Summary of the week"),
                            ("security", "Security and support"),
                        ],
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField(blank=True, default="")),
                ("url", models.CharField(blank=True, default="", max_length=600)),
                ("key", models.CharField(blank=True, default="", max_length=120)),
                ("in_app", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "E-mail"), ("digest", "Daily digest"), ("push", "Push")], max_length=6
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                (
                    "notification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="accounts.notification",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("failed", "A post failed"),
                            ("needs_you", "A post needs you"),
                            ("token", "Access to an account ends or ended"),
                            ("approval", "Approval and notes on posts"),
                            ("invitation", "Invitations and members"),
                            ("billing", "Plan and payment"),
                            ("weekly", "Summary of the week"),
                            ("security", "Security and support"),
                        ],
                        max_length=10,
                    ),
                ),
                ("in_app", models.BooleanField(default=True)),
                (
                    "mail",
                    models.CharField(
                        choices=[("now", "At once"), ("digest", "In the daily digest"), ("off", "Never")],
                        default="now",
                        max_length=6,
                    ),
                ),
                ("push", models.BooleanField(default=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SupportVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("reason", models.CharField(max_length=300)),
                ("may_write", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
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
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=multivio.ids.new_uid, editable=False, unique=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[("user", "Person"), ("key", "API key"), ("task", "Multivio"), ("support", "Support")],
                        max_length=7,
                    ),
                ),
                ("action", models.CharField(max_length=60)),
                ("target_type", models.CharField(blank=True, default="", max_length=60)),
                ("target_id", models.CharField(blank=True, default="", max_length=64)),
                ("request_id", models.CharField(blank=True, default="", max_length=64)),
                ("origin", models.JSONField(null=True)),
                ("content", models.JSONField(null=True)),
                ("seq", models.BigIntegerField(null=True)),
                ("origin_digest", models.CharField(blank=True, default="", max_length=64)),
                ("content_digest", models.CharField(blank=True, default="", max_length=64)),
                ("key_id", models.CharField(blank=True, default="", max_length=8)),
                ("hash", models.CharField(blank=True, default="", max_length=64)),
                (
                    "api_key",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.apikey",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit trail",
                "indexes": [
                    models.Index(fields=["workspace", "-id"], name="audit_newest"),
                    models.Index(fields=["workspace", "target_type", "target_id"], name="audit_of_target"),
                    models.Index(condition=models.Q(("seq", None)), fields=["workspace", "id"], name="audit_unsealed"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("seq__isnull", False)),
                        fields=("workspace", "seq"),
                        name="audit_one_entry_per_number",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["user", "-created_at", "-id"], name="notifications_newest"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("in_app", True), ("read_at", None)),
                fields=["user", "workspace"],
                name="notifications_unread",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True), fields=("user", "key"), name="told_once_per_key"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("sent_at", None)), fields=["channel", "due_at"], name="deliveries_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("notification", "channel"), name="one_delivery_per_channel"),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.UniqueConstraint(fields=("user", "kind"), name="one_preference_per_kind"),
        ),
        migrations.AddIndex(
            model_name="supportvisit",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["staff", "workspace"], name="visits_open"
            ),
        ),
        # One's own account's entries, and all of the workspace that one is in.
        protect(
            "accounts_auditentry",
            visible=f"({MEMBER_ONLY}) or (workspace_id is null and {OWN})",
            writable=False,
        ),
        protect("accounts_audithead", visible=None),
        protect("accounts_supportvisit", writable=False),
        protect("accounts_notification", visible=f"{OWN} and {HERE}"),
        protect("accounts_delivery", visible=None),
        protect("accounts_preference", visible=OWN),
        protect("accounts_device", visible=OWN),
        from_files("audit"),
        from_files("support"),
    ]
