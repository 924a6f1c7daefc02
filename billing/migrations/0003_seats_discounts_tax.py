"""Seats, what comes off, and by what the tax is told. Only adds, with defaults that the database knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_isolation")]
    operations = [
        migrations.AddField(
            "billingaccount", "lost_customers", models.PositiveSmallIntegerField(default=0, db_default=0)
        ),
        migrations.AddField(
            "billingaccount", "tax_id", models.CharField(blank=True, db_default="", default="", max_length=40)
        ),
        migrations.AddField(
            "billingaccount", "country", models.CharField(blank=True, db_default="", default="", max_length=2)
        ),
        migrations.AddField("billingaccount", "asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("subscription", "seats", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField(
            "subscription", "seat_item_id", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField(
            "subscription",
            "discounts",
            models.JSONField(blank=True, default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.AddField("subscription", "invoice_stuck", models.BooleanField(default=False, db_default=False)),
        migrations.AlterField(
            "subscription",
            "amount",
            models.PositiveIntegerField(default=0, help_text="of one period with its seats, in the smallest unit"),
        ),
    ]
