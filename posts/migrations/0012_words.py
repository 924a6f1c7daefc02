"""Which post took which words of Grok, and pictures made by AI. Only adds."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from multivio.rls import protect


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_firebase_identity"),
        ("ai", "0002_isolation"),
        ("posts", "0011_after_publishing"),
    ]

    operations = [
        migrations.AddField(
            model_name="media",
            name="made_by_ai",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="GenerationUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="ai.generation"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="generations", to="posts.post"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("post", "generation"), name="one_use_of_a_generation")],
            },
        ),
        protect("posts_generationuse"),
    ]
