"""That somebody's data was deleted at their wish; seen by the system alone."""

import django.utils.timezone
from django.db import migrations, models

from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [("social", "0003_paused")]
    operations = [
        migrations.CreateModel(
            name="DataDeletion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("subject", models.CharField(max_length=64, unique=True)),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("completed_at", models.DateTimeField()),
            ],
        ),
        protect("social_datadeletion", visible=None),
    ]
