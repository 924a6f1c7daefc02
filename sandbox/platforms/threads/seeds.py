"""What Threads holds on the first day: the app, three profiles, and one that is only scenery."""

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.threads import posts
from sandbox.platforms.threads.identity import SLUG
from sandbox.world import World

APP = App(
    platform=SLUG,
    client_id="sandbox-threads-client",
    client_secret="sandbox-threads-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
)
# 2023-07-06, so that profiles have a believable age.
BIRTHDAY = 1_688_601_600.0
# id, username, name, colour, foreign
PEOPLE = (
    ("24501234567890123", "norrestudio", "Norre Studio", "#b4532a", False),
    ("24501234567890125", "maja.lindqvist", "Maja Lindqvist", "#1d6f5c", False),
    ("24501234567890127", "almalamps", "Alma Lamps", "#8a4b9e", False),
    ("24501234567890129", "lighthousedaily", "Lighthouse Daily", "#33475b", True),
)
FOREIGN = "24501234567890129"
# Hours before the world began, text.
SCENERY = (
    (28, "Lindesnes, 1656: the first lighthouse in Norway burned coal. Sailors called it a rumour with smoke."),
    (4, "Fog this morning at Skagen. The lamp still turns every 5 seconds, seen or not."),
)


def plant(world: World, *, accounts: bool) -> None:
    if accounts:
        world.apps.register(APP)
        for account_id, username, name, color, is_foreign in PEOPLE:
            world.accounts.add(Account(SLUG, account_id, username, name, "free", color, is_foreign, BIRTHDAY))
    for hours, words in SCENERY:
        posts.plant(world, FOREIGN, words, world.clock.now() - hours * 3600)
