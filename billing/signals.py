"""Signals that billing sends, for the apps above it. In the transaction of the change, as the system, under the lock of the
paying workspace; `workspaces` are the ids of all that it pays for."""

from django.dispatch import Signal

# Nothing of these workspaces may go out until the plan is paid.
payment_missing = Signal()
# Posts to X are not paid for one by one any more, from now on: what was published until now has to be counted.
metering_ends = Signal()
# It is paid, or it is not needed any more.
payment_back = Signal()
