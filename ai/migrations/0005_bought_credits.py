"""Which of a generation's credits were bought ones."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ai", "0004_drawings")]
    operations = [
        migrations.AddField(
            model_name="generation",
            name="bought",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        # Holds from now on; rows from before have 0 and need not be looked at under a lock.
        AddConstraintNotValid(
            model_name="generation",
            constraint=models.CheckConstraint(
                condition=models.Q(bought__lte=models.F("credits")), name="bought_is_of_the_credits"
            ),
        ),
    ]
