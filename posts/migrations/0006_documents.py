"""Media may be documents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0005_own_words_and_options")]

    operations = [
        migrations.AlterField(
            model_name="media",
            name="kind",
            field=models.CharField(
                max_length=8,
                choices=[("image", "Image"), ("gif", "GIF"), ("video", "Video"), ("document", "Document")],
            ),
        ),
    ]
