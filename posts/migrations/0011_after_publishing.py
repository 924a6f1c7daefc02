"""What happens to a publication after it was published: deleting it on its platform, and reading its numbers. Adds tables, and
triggers that only they concern. Posts of the last month are watched from here on as well."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from multivio.rls import protect
from posts.migration_sql import SQL

# Within the hour, so that they do not all come at once.
WATCH_WHAT_IS_THERE = """
insert into posts_metricswatch (workspace_id, publication_id, published_at, due_at, tries)
select workspace_id, id, finished_at, now() + random() * interval '1 hour', 0
from posts_publication
where state = 'published' and remote_id is not null and finished_at > now() - interval '30 days'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_firebase_identity"),
        ("posts", "0010_asked_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MetricsReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("impressions", models.BigIntegerField(null=True)),
                ("reach", models.BigIntegerField(null=True)),
                ("video_views", models.BigIntegerField(null=True)),
                ("reactions", models.BigIntegerField(null=True)),
                ("comments", models.BigIntegerField(null=True)),
                ("shares", models.BigIntegerField(null=True)),
                ("saves", models.BigIntegerField(null=True)),
                ("clicks", models.BigIntegerField(null=True)),
                ("watched_minutes", models.BigIntegerField(null=True)),
                ("followers_gained", models.BigIntegerField(null=True)),
                (
                    "publication",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="posts.publication",
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
            name="MetricsWatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("published_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("gone_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "latest",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="posts.metricsreading",
                    ),
                ),
                (
                    "publication",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watch", to="posts.publication"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "metrics watches",
            },
        ),
        migrations.CreateModel(
            name="Deletion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Deleting"),
                            ("waiting", "Waiting to delete"),
                            ("done", "Deleted"),
                            ("failed", "Not deleted"),
                            ("unknown", "Perhaps deleted"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deleted", models.JSONField(blank=True, default=list)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("error_code", models.CharField(blank=True, default="", max_length=60)),
                ("error_sentence", models.CharField(blank=True, default="", max_length=500)),
                ("error_next_step", models.CharField(blank=True, default="", max_length=300)),
                ("error_detail", models.TextField(blank=True, default="")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "publication",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deletion", to="posts.publication"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="deletion_due")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="metricsreading",
            index=models.Index(fields=["publication", "-read_at"], name="readings_of_publication"),
        ),
        migrations.AddIndex(
            model_name="metricswatch",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="metrics_due"),
        ),
        migrations.RunSQL((SQL / "deletion.sql").read_text(), (SQL / "deletion_undo.sql").read_text()),
        protect("posts_deletion"),
        protect("posts_metricsreading"),
        protect("posts_metricswatch"),
        migrations.RunSQL(WATCH_WHAT_IS_THERE, migrations.RunSQL.noop),
    ]
