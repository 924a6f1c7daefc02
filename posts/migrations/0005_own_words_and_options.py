"""What a publication has of its own. Only adds columns with defaults that the database knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0004_cheaper_states")]
    operations = [
        migrations.AddField(
            "publication",
            "own_texts",
            models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            "publication",
            "options",
            models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
