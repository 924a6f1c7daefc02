"""Of which end people were told. Only adds a nullable column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0005_own_tokens")]
    operations = [
        migrations.AddField("grant", "warned_days", models.PositiveSmallIntegerField(blank=True, null=True)),
    ]
