"""By which id the service finds a call: new rows alone have one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ai", "0002_isolation")]
    operations = [
        migrations.AddField(
            "generation", "request_id", models.CharField(blank=True, db_default="", default="", max_length=80)
        )
    ]
