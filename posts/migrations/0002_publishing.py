"""Lanes, the transition guard, the kept post state, claiming and the engine's functions; then row-level security."""

from pathlib import Path

from django.db import migrations

from multivio.rls import protect

SQL = Path(__file__).parent / "sql"


def from_files(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / f"{name}.sql").read_text(), (SQL / f"{name}_undo.sql").read_text())


STORAGE = """
alter table posts_lane set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
alter table posts_publication set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
"""
UNSTORAGE = """
alter table posts_lane reset (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay);
alter table posts_publication reset (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay);
"""


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_initial"), ("social", "0002_isolation")]
    operations = [
        migrations.RunSQL(STORAGE, UNSTORAGE),
        from_files("transitions"),
        from_files("post_state"),
        from_files("lanes"),
        from_files("claim"),
        from_files("engine"),
        protect("posts_media"),
        protect("posts_post"),
        protect("posts_postmedia"),
        protect("posts_publication"),
        protect("posts_attempt", writable=False),
        protect("posts_stepresult"),
        protect("posts_lane", visible=None),
        migrations.RunSQL(
            "revoke insert, update, delete, truncate on posts_platformgate from mv_app", migrations.RunSQL.noop
        ),
    ]
