"""Signals that accounts sends, for the apps above it."""

from django.dispatch import Signal

# In the transaction, as the system: delete the rows of `workspace` that stand in the way of deleting it, and
# after the commit what lies outside the database.
workspace_deleting = Signal()
# As the system: answer with a dict of named lists, everything your app keeps about `user` that is theirs to have.
personal_data_asked = Signal()
# In the workspace's context: the same for everything of `workspace`.
workspace_data_asked = Signal()
# In the transaction in which a workspace gets `count` more of `what` (0: it has them already). An app above may raise a
# refusal, which is let through to whoever asked.
growing = Signal()
# How far back may a page show the past of `workspace`? A receiver answers with a moment, or None for all of it.
history_asked = Signal()
# In the transaction that made it: a new workspace of `owner`. May raise a refusal as well.
workspace_made = Signal()
