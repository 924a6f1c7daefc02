"""Approval of posts, and notes on them. Columns come with defaults that the database knows, so that code from before it keeps
running; from here on the database refuses to schedule what the workspace wants approved and nobody has approved."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import multivio.ids
from multivio.rls import protect
from posts.migration_sql import SQL


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_people"),
        ("posts", "0008_outcomes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=multivio.ids.new_uid, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("note", "Note"),
                            ("asked", "Asked for approval"),
                            ("approved", "Approved"),
                            ("changes", "Asked for changes"),
                            ("withdrawn", "Took the request back"),
                            ("edited", "Changed it after it was approved"),
                        ],
                        default="note",
                        max_length=9,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=2000)),
                ("version", models.PositiveIntegerField(help_text="Of the post, when it was said.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="NoteMention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.AddField(
            model_name="post",
            name="approval",
            field=models.CharField(
                choices=[
                    ("", "Not asked for"),
                    ("pending", "Waits for approval"),
                    ("approved", "Approved"),
                    ("changes", "Changes asked for"),
                    ("edited", "Changed since it was approved"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="approved_content",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="post",
            name="asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="post",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="edited_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="on_approval",
            field=models.CharField(
                blank=True,
                choices=[("", "Nothing yet"), ("now", "Publish it"), ("at", "Schedule it as planned")],
                db_default="",
                default="",
                editable=False,
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="author",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="post",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="posts.post"),
        ),
        migrations.AddField(
            model_name="note",
            name="workspace",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
            ),
        ),
        migrations.AddField(
            model_name="notemention",
            name="note",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="posts.note"
            ),
        ),
        migrations.AddField(
            model_name="notemention",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notemention",
            name="workspace",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
            ),
        ),
        migrations.AddConstraint(
            model_name="notemention",
            constraint=models.UniqueConstraint(fields=("note", "user"), name="one_mention_per_person"),
        ),
        migrations.RunSQL((SQL / "approval.sql").read_text(), (SQL / "approval_undo.sql").read_text()),
        protect("posts_note"),
        protect("posts_notemention"),
    ]
