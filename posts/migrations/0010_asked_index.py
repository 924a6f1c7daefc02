"""The few posts that wait for approval, found without reading the others. Built while posts are being written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("posts", "0009_approval")]
    operations = [
        AddIndexConcurrently(
            "post",
            models.Index(
                condition=models.Q(("approval", "pending")), fields=["workspace", "asked_at"], name="post_asked"
            ),
        ),
    ]
