"""What YouTube holds on the first day: the app, channels, a Google account without one, playlists, and some scenery."""

import json

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.youtube import fields
from sandbox.platforms.youtube.identity import SLUG
from sandbox.world import World

APP = App(
    platform=SLUG,
    client_id="sandbox-youtube-client",
    client_secret="sandbox-youtube-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
)
# 2020-01-01, so that channels have a believable age.
BIRTHDAY = 1_577_880_000.0
# id, username, name, tier (premium: verified), colour, scenery
PEOPLE = (
    ("UCnorrestudio00000000001", "norrestudio", "Norre Studio", "premium", "#b4532a", False),
    ("UCalmalamps0000000000002", "almalamps", "Alma Lamps", "premium", "#8a4b9e", False),
    ("UCtomaseriksen0000000003", "tomaseriksen", "Tomas Eriksen", "free", "#2f4ea0", False),
    ("108203905537000000004", "alma.berg", "Alma Berg (no channel)", "free", "#1d6f5c", False),
    ("UClighthousedaily0000009", "lighthousedaily", "Lighthouse Daily", "premium", "#33475b", True),
)
NORRE, LAMPS, TOMAS, WITHOUT_CHANNEL, SCENERY_CHANNEL = (person[0] for person in PEOPLE)
PLAYLISTS = (("PLnorreworkshop001", NORRE, "From the workshop"), ("PLalmalamps0000001", LAMPS, "Lamps, one by one"))
# Hours before the world began, id, title, description, seconds.
SCENERY = (
    (30, "lindesnes01", "Lindesnes, 1656", "The first lighthouse in Norway burned coal.", 254),
    (5, "skagenfog02", "Fog at Skagen this morning", "The lamp still turns every five seconds, seen or not.", 611),
)


def plant(world: World, *, accounts: bool) -> None:
    if accounts:
        world.apps.register(APP)
        for account_id, username, name, tier, color, is_foreign in PEOPLE:
            world.accounts.add(Account(SLUG, account_id, username, name, tier, color, is_foreign, BIRTHDAY))
    for playlist in PLAYLISTS:
        world.store.execute("insert or replace into yt_playlist values (?, ?, ?)", playlist)
    for hours, video_id, title, description, seconds in SCENERY:
        at = world.clock.now() - hours * 3600
        values = fields.PLAIN | {"title": title, "description": description, "made_for_kids": False}
        world.store.insert(
            "yt_video",
            {
                "number": world.ids.next(),
                "id": video_id,
                "account_id": SCENERY_CHANNEL,
                "fields": json.dumps(values),
                "mime": "video/mp4",
                "size": 0,
                "sha256": "",
                "width": 1920,
                "height": 1080,
                "duration_ms": seconds * 1000,
                "uploaded_at": at,
                "ready_at": at,
                "public_at": at,
                "is_scenery": 1,
            },
        )
