"""A token of its own for an account that has one. Only adds a column with a default that the database knows."""

from django.db import migrations

import multivio.crypto


class Migration(migrations.Migration):
    dependencies = [("social", "0004_data_deletion")]
    operations = [
        migrations.AddField(
            "connection",
            "access_token",
            multivio.crypto.EncryptedTextField(blank=True, bound_by="uid", db_default="", default=""),
        ),
    ]
