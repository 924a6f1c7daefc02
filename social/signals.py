"""Signals that social sends. Receivers get `connection`, a social.models.Connection, inside the workspace's context (or
the system's, when a refresh found out)."""

from django.dispatch import Signal

# The account can be used again: reconnected after it was broken or disconnected.
connection_restored = Signal()
# The grant died, or somebody disconnected the account: its posts have to wait. `reason` is a sentence. Sent in the
# transaction that writes it down. A receiver answers with the number of scheduled posts that it held.
connection_lost = Signal()
# A page wants to say what hangs on connections: `connections` is a list of them, `ends` maps ids of connections to when their
# access ends. A receiver answers with a mapping of connection id to social.hanging.Hanging.
hanging_asked = Signal()
