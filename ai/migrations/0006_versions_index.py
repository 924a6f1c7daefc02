"""Versions of one question, found without reading the others. Built while generations are being written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ai", "0005_bought_credits")]
    operations = [
        AddIndexConcurrently(
            "generation",
            models.Index(condition=models.Q(("choice__isnull", False)), fields=["choice"], name="generation_versions"),
        ),
    ]
