"""Signals that billing sends, for the apps above it. In the transaction of the change, as the system, under the lock of the
paying workspace; `workspaces` are the ids of all that it pays for."""

from django.dispatch import Signal

# Nothing of these workspaces may go out until the plan is paid.
payment_missing = Signal()
# Posts to X of the paying `workspace_id` are about to be paid for no more: what was published until now has to be counted. In no
# transaction, since each workspace is counted under its own lock.
metering_ends = Signal()
# How many parts of posts to X with a time from `start` to `end` are not published yet? A receiver answers with the number.
x_posts_planned_asked = Signal()
# It is paid, or it is not needed any more.
payment_back = Signal()
# Which connections are there? `workspaces`, and `with_posts`: also how many posts are scheduled for each. A receiver answers with
# a list of billing.places.Place.
connections_asked = Signal()
# The connections with the ids in `resting` rest from now on, for `reason`, a sentence; all others of `workspaces` do not.
connections_rest = Signal()
