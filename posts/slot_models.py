"""When a connection usually publishes: its posting schedule. No row of it says what goes out then; see posts/slots.py."""

from datetime import time
from typing import ClassVar

from django.db import models

from accounts.models import Workspace
from social.models import Connection

# The schedule of a connection that nobody has given one yet (posts/migrations/sql/slots.sql inserts it): working days, half
# past nine. A slot sends nothing by itself, so this only spares the first question.
DEFAULT = tuple((day, time(9, 30)) for day in range(1, 6))


class Slot(models.Model):
    """A weekly time in a connection's posting schedule, by the clock of the workspace's zone."""

    class Day(models.IntegerChoices):
        MONDAY = 1, "Monday"
        TUESDAY = 2, "Tuesday"
        WEDNESDAY = 3, "Wednesday"
        THURSDAY = 4, "Thursday"
        FRIDAY = 5, "Friday"
        SATURDAY = 6, "Saturday"
        SUNDAY = 7, "Sunday"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="slots", db_index=False)
    weekday = models.PositiveSmallIntegerField(choices=Day.choices)
    at = models.TimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["connection_id", "weekday", "at"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "weekday", "at"], name="one_slot_per_time"),
            models.CheckConstraint(condition=models.Q(weekday__gte=1, weekday__lte=7), name="slot_on_a_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()[:3]} {self.at:%H:%M}"
