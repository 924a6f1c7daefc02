"""Posting schedules, the times of publications in slots of their own, and times proposed with drafts. Only adds, and widens one
column; code from before it runs on."""

import django.db.models.deletion
from django.db import migrations, models

from multivio.rls import protect
from posts.migration_sql import SQL

# Undone, what waits for approval to take a slot is asked for again.
FORGET_SLOTS_ON_APPROVAL = "update posts_post set on_approval = '' where on_approval = 'next'"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_firebase_identity"),
        ("posts", "0012_words"),
    ]

    operations = [
        migrations.AddField(model_name="post", name="proposed_for", field=models.DateTimeField(blank=True, null=True)),
        migrations.AlterField(
            model_name="post",
            name="on_approval",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nothing yet"),
                    ("now", "Publish it"),
                    ("at", "Schedule it as planned"),
                    ("next", "Put it into the next free slot"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=4,
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, FORGET_SLOTS_ON_APPROVAL),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("proposed_for__isnull", True), ("due_at__isnull", True), _connector="OR"),
                name="a_proposal_is_no_plan",
            ),
        ),
        migrations.AddField(model_name="publication", name="planned_on", field=models.DateField(blank=True, null=True)),
        migrations.AddField(
            model_name="publication", name="planned_time", field=models.TimeField(blank=True, null=True)
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Monday"),
                            (2, "Tuesday"),
                            (3, "Wednesday"),
                            (4, "Thursday"),
                            (5, "Friday"),
                            (6, "Saturday"),
                            (7, "Sunday"),
                        ]
                    ),
                ),
                ("at", models.TimeField()),
                (
                    "connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slots",
                        to="social.connection",
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
                "ordering": ["connection_id", "weekday", "at"],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "weekday", "at"), name="one_slot_per_time"),
                    models.CheckConstraint(
                        condition=models.Q(("weekday__gte", 1), ("weekday__lte", 7)), name="slot_on_a_weekday"
                    ),
                ],
            },
        ),
        protect("posts_slot"),
        migrations.RunSQL((SQL / "slots.sql").read_text(), (SQL / "slots_undo.sql").read_text()),
    ]
