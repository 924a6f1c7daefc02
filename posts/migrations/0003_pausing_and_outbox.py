"""Pausing a connection or a workspace, and the outbox of what people have to be told. Additive: functions are replaced in
place, so workers of the version before keep running meanwhile."""

import django.db.models.deletion
from django.db import migrations, models

from multivio.rls import protect
from posts.migration_sql import SQL, text_of, trigger_of

UNPAUSING = "".join(
    [
        text_of("mv_sweep", file="engine"),
        text_of("mv_intend", file="engine"),
        "drop trigger lanes_follow_workspace on accounts_workspace;\ndrop function mv_lanes_follow_workspace();\n",
        "update posts_lane set paused_reason = '' where paused_reason = 'paused';\n",
        "drop trigger lane_follow on social_connection;\n",
        text_of("mv_lane_follow", file="lanes"),
        trigger_of("lane_follow", file="lanes"),
        text_of("mv_lane_create", file="lanes"),
        "drop function mv_pause_reason(timestamptz, text, boolean);\n",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0002_publishing"),
        ("social", "0003_paused"),
        ("accounts", "0003_publishing_policy"),
    ]
    operations = [
        migrations.RunSQL((SQL / "pausing.sql").read_text(), UNPAUSING),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=12)),
                ("code", models.CharField(blank=True, default="", max_length=60)),
                ("at", models.DateTimeField()),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="posts.publication"
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
                "verbose_name_plural": "outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_at", None)), fields=["workspace", "at"], name="outbox_untold"
                    )
                ],
            },
        ),
        migrations.AddField("platformgate", "alerted_at", models.DateTimeField(blank=True, null=True)),
        protect("posts_outbox"),
        migrations.RunSQL((SQL / "outbox.sql").read_text(), (SQL / "outbox_undo.sql").read_text()),
    ]
