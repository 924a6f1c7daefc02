"""Row-level security for brand voices and generations."""

from django.db import migrations

from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [("ai", "0001_initial"), ("accounts", "0002_isolation")]
    operations = [protect("ai_brandvoice"), protect("ai_generation")]
