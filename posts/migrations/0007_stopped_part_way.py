"""What is public in part ends as failed when somebody stops it, never as cancelled."""

from django.db import migrations

from posts.migration_sql import SQL, trigger_of

BEFORE = trigger_of("a_transition", file="transitions").replace("create trigger", "create or replace trigger", 1)
# Those that were cancelled part-way say so from now on. The trigger of before knows no way from there, so it is replaced first.
MEND = """
alter table posts_publication disable trigger a_transition;
update posts_publication set state = 'failed', error_code = 'stopped',
  error_sentence = format('Stopped on request: %s of %s parts are public.', committed, commits)
where state = 'cancelled' and committed > 0;
alter table posts_publication enable trigger a_transition;
"""


class Migration(migrations.Migration):
    dependencies = [("posts", "0006_documents")]
    operations = [
        migrations.RunSQL((SQL / "stopping.sql").read_text(), BEFORE),
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
    ]
