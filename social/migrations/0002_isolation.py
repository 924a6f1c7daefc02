"""Row-level security for grants and connections."""

from django.db import migrations

from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [("social", "0001_initial"), ("accounts", "0002_isolation")]
    operations = [protect("social_grant"), protect("social_connection")]
