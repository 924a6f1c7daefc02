"""When Firebase was asked about somebody, and why they were signed out. Adds columns that the database fills by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_firebase_identity"),
    ]

    operations = [
        migrations.AddField(
            model_name="firebaseidentity",
            name="checked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="firebaseidentity",
            name="ended_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("disabled", "the account at Firebase was closed"),
                    ("deleted", "the account at Firebase was deleted"),
                    ("revoked", "Firebase ended the sign-ins of the account"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
    ]
