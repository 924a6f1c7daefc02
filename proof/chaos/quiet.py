"""After the troubles: everything healthy, and clocks moved forward, until each publication has come to rest."""

import time

import psycopg

from proof.chaos.plan import LATE_SECONDS
from proof.chaos.platforms import KINDS

PATIENCE_SECONDS = 60.0  # without anything coming to rest; a backlog that gets shorter may take as long as it takes
OPEN = """
select count(*) filter (where state in ('leased', 'sending') or (state = 'scheduled' and due_at < clock_timestamp())),
       count(*) filter (where state = 'unknown')
from posts_publication
"""
# Rate limits and back-offs of minutes would only make the run longer: their end is brought forward, as time would.
OPEN_GATES = "update posts_lane set blocked_until = clock_timestamp() where blocked_until > clock_timestamp()"
# Two looks more are enough when all that can arrive has arrived.
LOOK_NOW = """
update posts_publication set next_check_at = clock_timestamp(), checks = greatest(checks, %s)
where state = 'unknown' and next_check_at > clock_timestamp() and platform = %s
"""


def settle(url: str) -> float:
    """Wait until everything has come to rest, or until for a whole patience nothing more does; the seconds it took.

    Looks at unknown outcomes are brought forward only when everything that was delivered late has arrived: in real time
    the last of them comes minutes later.
    """
    began = moved_at = rested_at = time.monotonic()
    fewest = None
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() - rested_at < PATIENCE_SECONDS:
            connection.execute(OPEN_GATES)
            moving, unknown = connection.execute(OPEN).fetchone() or (0, 0)
            if fewest is None or moving + unknown < fewest:
                fewest, rested_at = moving + unknown, time.monotonic()
            if moving:
                moved_at = time.monotonic()
            elif not unknown:
                break
            elif time.monotonic() - moved_at > LATE_SECONDS:
                for slug, kind in KINDS.items():
                    connection.execute(LOOK_NOW, [kind.looks, slug])
            time.sleep(0.5)
    return time.monotonic() - began
