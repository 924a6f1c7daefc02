"""The few that still run, found every five minutes without reading the others. Built while generations are being written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ai", "0007_asked_at")]
    operations = [
        AddIndexConcurrently(
            "generation",
            models.Index(condition=models.Q(("state", "running")), fields=["created_at"], name="generation_running"),
        ),
    ]
