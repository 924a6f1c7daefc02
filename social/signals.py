"""Signals that social sends. Receivers get `connection`, a social.models.Connection, inside the workspace's context."""

from django.dispatch import Signal

# The account can be used again: reconnected after it was broken or disconnected.
connection_restored = Signal()
# The grant died, or somebody disconnected the account.
connection_lost = Signal()
