"""The publishing engine: claims due publications, journals every committing call before it leaves, sends, records.

`protocol` decides (pure), `store` talks to PostgreSQL, `publish` walks one publication through its steps, `settle` looks
after unknown outcomes, `engine` is the loop that a worker hosts. The promise and its limits: docs/architecture.md.
"""
