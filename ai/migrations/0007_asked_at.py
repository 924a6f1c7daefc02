"""When a question left, so that one that never did is given back. Only adds an empty column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ai", "0006_versions_index")]
    operations = [migrations.AddField("generation", "asked_at", models.DateTimeField(blank=True, null=True))]
