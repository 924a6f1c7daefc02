"""What X holds on the first day: the app of the development set-up, four accounts, and a lighthouse."""

import json

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.x import text
from sandbox.world import World

APP = App(
    platform="x",
    client_id="sandbox-x-client",
    client_secret="sandbox-x-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
    consumer_key="sandbox-x-key",
    consumer_secret="sandbox-x-key-secret",  # noqa: S106
)
# 2020-01-01, so that profiles have a believable age.
BIRTHDAY = 1_577_880_000.0

# id, username, name, tier, colour, foreign
PEOPLE = (
    ("1468203905537028001", "norrestudio", "Norre Studio", "free", "#b4532a", False),
    ("1468203905537028002", "majalindqvist", "Maja Lindqvist", "free", "#1d6f5c", False),
    ("1468203905537028003", "tomas_eriksen", "Tomas Eriksen", "premium", "#2f4ea0", False),
    ("1468203905537028004", "alma_lamps", "Alma Lamps", "free", "#8a4b9e", False),
    ("1468203905537028005", "lighthouse_daily", "Lighthouse Daily", "premium", "#33475b", True),
)
FOREIGN = "1468203905537028005"
# Hours before the world began, text.
SCENERY = (
    (26, "Lindesnes, 1656: the first lighthouse in Norway burned coal. Sailors called it a rumour with smoke."),
    (3, "Fog this morning at Skagen. The lamp still turns every 5 seconds, seen or not. #lighthouses"),
)


def plant(world: World, *, accounts: bool) -> None:
    if accounts:
        world.apps.register(APP)
        for account_id, username, name, tier, color, is_foreign in PEOPLE:
            world.accounts.add(Account("x", account_id, username, name, tier, color, is_foreign, BIRTHDAY))
    for hours, words in SCENERY:
        _say(world, words, world.clock.now() - hours * 3600)


def _say(world: World, words: str, at: float) -> None:
    post_id = world.ids.next()
    world.store.insert(
        "x_post",
        {
            "id": post_id,
            "account_id": FOREIGN,
            "text": words,
            "created_at": at,
            "visible_at": at,
            "conversation_id": post_id,
            "dedupe_key": "scenery",
            "weighted_length": text.weighted_length(words),
            "options": json.dumps({}),
        },
    )
