"""What an empty database needs before it is used, and what an update changes of it."""

from typing import Any

import pytest
from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

pytestmark = pytest.mark.django_db
METER = "billing.tasks.tell_meter"


def every(seconds: int) -> IntervalSchedule:
    found: IntervalSchedule = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)[0]
    return found


@pytest.fixture
def meter(settings: Any) -> PeriodicTask:
    settings.SANDBOX = False
    call_command("bootstrap")
    found: PeriodicTask = PeriodicTask.objects.get(task=METER)
    return found


@pytest.mark.parametrize(("before", "after"), [(600, 600), (3600, 600), (120, 120)])
def test_a_tick_takes_its_new_time_unless_somebody_chose_another(meter: PeriodicTask, before: int, after: int) -> None:
    PeriodicTask.objects.filter(pk=meter.pk).update(interval=every(before))
    call_command("bootstrap")
    meter.refresh_from_db()
    assert (PeriodicTask.objects.filter(task=METER).count(), meter.interval) == (1, every(after))


def test_a_tick_that_somebody_stopped_or_moved_to_the_calendar_stays_so(meter: PeriodicTask) -> None:
    crontab = PeriodicTask.objects.get(task="billing.tasks.reconcile").crontab
    PeriodicTask.objects.filter(pk=meter.pk).update(interval=None, crontab=crontab, enabled=False)
    call_command("bootstrap")
    meter.refresh_from_db()
    assert (meter.interval, meter.crontab, meter.enabled) == (None, crontab, False)
