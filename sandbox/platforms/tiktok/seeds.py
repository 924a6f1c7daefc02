"""What TikTok holds on the first day: the app, four creators, and a lighthouse as scenery."""

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.tiktok.identity import SLUG
from sandbox.world import World

APP = App(
    platform=SLUG,
    client_id="sandbox-tiktok-client",
    client_secret="sandbox-tiktok-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
)
# 2020-01-01, so that profiles have a believable age.
BIRTHDAY = 1_577_880_000.0
# id, username, name, tier, colour, foreign
PEOPLE = (
    ("-000NorreStudioOpenId0000000000000001", "norrestudio", "Norre Studio", "free", "#b4532a", False),
    ("-000MajaLindqvistOpenId00000000000002", "maja.lindqvist", "Maja Lindqvist", "free", "#1d6f5c", False),
    ("-000TomasEriksenOpenId000000000000003", "tomas_eriksen", "Tomas Eriksen", "premium", "#2f4ea0", False),
    ("-000AlmaLampsOpenId0000000000000000004", "alma_lamps", "Alma Lamps", "free", "#8a4b9e", False),
    ("-000LighthouseOpenId0000000000000000005", "lighthouse_daily", "Lighthouse Daily", "premium", "#33475b", True),
)
NORRE, MAJA, TOMAS, ALMA, FOREIGN = (person[0] for person in PEOPLE)
# Maja's account is private; Alma lets nobody comment, duet or stitch, and may post a minute at most.
SWITCHES = ((MAJA, 1, 0, 0, 0, 600), (ALMA, 0, 1, 1, 1, 60), (TOMAS, 0, 0, 0, 1, 300))
# Hours before the world began, text.
SCENERY = (
    (28, "Coal, 1656. The keepers at Lindesnes carried it up by hand. #lighthouse"),
    (4, "Fog at Skagen. Five seconds of light, every five seconds. #lighthouse #fog"),
)


def plant(world: World, *, accounts: bool) -> None:
    if accounts:
        world.store.execute("delete from tt_creator")
        world.apps.register(APP)
        for account_id, username, name, tier, color, is_foreign in PEOPLE:
            world.accounts.add(Account(SLUG, account_id, username, name, tier, color, is_foreign, BIRTHDAY))
    for account_id, *switches in SWITCHES:
        world.store.execute(
            "insert or replace into tt_creator (account_id, is_private, comment_disabled, duet_disabled,"
            " stitch_disabled, max_seconds) values (?, ?, ?, ?, ?, ?)",
            [account_id, *switches],
        )
    for account_id in (NORRE, FOREIGN):
        world.store.execute("insert or replace into tt_creator (account_id) values (?)", [account_id])
    for hours, words in SCENERY:
        _say(world, words, world.clock.now() - hours * 3600)


def _say(world: World, words: str, at: float) -> None:
    post_id = world.ids.next()
    world.store.insert(
        "tt_post",
        {
            "id": post_id,
            "publish_id": f"scenery.{post_id}",
            "account_id": FOREIGN,
            "client_id": "",
            "kind": "photo",
            "title": words,
            "privacy": "PUBLIC_TO_EVERYONE",
            "begun_at": at,
            "whole_at": at,
            "ready_at": at,
            "listed_at": at,
            "is_scenery": 1,
        },
    )
