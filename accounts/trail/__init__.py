"""The audit trail as people read it: page, export and API, and the visits of support."""
