"""What rests publishes nothing. Functions are replaced in place, so workers of the version before keep running meanwhile."""

from django.db import migrations

from posts.migration_sql import SQL, text_of, trigger_of

WAKING = "".join(
    [
        # What rests goes on: before this migration nothing knew of rest.
        "update social_connection set resting_at = null where resting_at is not null;\n",
        text_of("mv_intend", file="pausing"),
        text_of("mv_lanes_follow_workspace", file="pausing"),
        trigger_of("lane_follow", file="pausing").replace("create trigger", "create or replace trigger", 1),
        text_of("mv_lane_follow", file="pausing"),
        text_of("mv_hold", file="lanes"),
        "drop function mv_pause_reason(timestamptz, text, timestamptz, boolean);\n",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("posts", "0013_slots"), ("social", "0009_resting")]
    operations = [migrations.RunSQL((SQL / "resting.sql").read_text(), WAKING)]
