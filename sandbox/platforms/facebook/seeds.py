"""What Facebook holds on the first day: the app, three people, their Pages, and one Page that is only scenery."""

import json
from collections.abc import Sequence

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.facebook.identity import ALL_TASKS, SLUG
from sandbox.world import World

APP = App(
    platform=SLUG,
    client_id="sandbox-facebook-client",
    client_secret="sandbox-facebook-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
)
# 2020-01-01, so that profiles have a believable age.
BIRTHDAY = 1_577_880_000.0
# id, username, name, colour
PEOPLE = (
    ("10158203905537001", "maja.lindqvist", "Maja Lindqvist", "#1d6f5c"),
    ("10158203905537002", "tomas.eriksen", "Tomas Eriksen", "#2f4ea0"),
    ("10158203905537003", "alma.berg", "Alma Berg", "#8a4b9e"),
)
MAJA, TOMAS, ALMA = (person[0] for person in PEOPLE)
# id, username, name, colour, category, has a username of its own, instagram account, business
PAGES = (
    ("104820391450001", "norrestudio", "Norre Studio", "#b4532a", "Design studio", True, "17841400000000001", None),
    ("104820391450002", "almalamps", "Alma Lamps", "#8a4b9e", "Lighting store", True, None, None),
    ("104820391450003", "page-104820391450003", "Norre Studio Archive", "#6b5b4b", "Archive", False, None, None),
    ("104820391450004", "skagenlight", "Skagen Light", "#33475b", "Landmark", True, None, "208000000000001"),
    ("104820391450009", "lighthousedaily", "Lighthouse Daily", "#33475b", "Magazine", True, None, None),
)
NORRE, LAMPS, ARCHIVE, SKAGEN, SCENERY_PAGE = (page[0] for page in PAGES)
READER = ("ANALYZE", "ADVERTISE")
# Who, where, may what. Tomas may look after the numbers of Norre Studio, not write for it.
ROLES = (
    (MAJA, NORRE, ALL_TASKS),
    (MAJA, LAMPS, ALL_TASKS),
    (MAJA, ARCHIVE, ALL_TASKS),
    (MAJA, SKAGEN, ALL_TASKS),
    (TOMAS, NORRE, READER),
    (TOMAS, LAMPS, ("CREATE_CONTENT", "MODERATE")),
)
# Hours before the world began, text.
SCENERY = (
    (30, "Lindesnes, 1656: the first lighthouse in Norway burned coal. Sailors called it a rumour with smoke."),
    (5, "Fog this morning at Skagen. The lamp still turns every 5 seconds, seen or not."),
)


def plant(world: World, *, accounts: bool) -> None:
    if accounts:
        world.store.execute("delete from fb_page")
        world.store.execute("delete from fb_role")
        world.apps.register(APP)
        for account_id, username, name, color in PEOPLE:
            world.accounts.add(Account(SLUG, account_id, username, name, "free", color, False, BIRTHDAY))
        for page_id, username, name, color, *_ in PAGES:
            # Nobody signs in as a Page.
            world.accounts.add(Account(SLUG, page_id, username, name, "free", color, True, BIRTHDAY))
    for page_id, _, _, _, category, has_username, instagram_id, business_id in PAGES:
        values = [page_id, category, int(has_username), instagram_id, business_id]
        world.store.execute("insert or replace into fb_page values (?, ?, ?, ?, ?)", values)
    for person, page, tasks in ROLES:
        world.store.execute("insert or replace into fb_role values (?, ?, ?)", [person, page, json.dumps(tasks)])
    for hours, words in SCENERY:
        at = world.clock.now() - hours * 3600
        values_of_post = {
            "id": world.ids.next(),
            "page_id": SCENERY_PAGE,
            "kind": "text",
            "message": words,
            "created_at": at,
            "visible_at": at,
            "dedupe_key": "scenery",
        }
        world.store.insert("fb_post", values_of_post)


def open_page(world: World, account: Account, category: str, admins: Sequence[str]) -> None:
    """A Page of an account that the control API makes."""
    values = [account.id, category, 1, None, None]
    world.store.execute("insert or replace into fb_page values (?, ?, ?, ?, ?)", values)
    for username in admins:
        person = world.accounts.by_username(SLUG, username)
        if person is None:
            raise ValueError(f"There is no {username}.")
        world.store.execute(
            "insert or replace into fb_role values (?, ?, ?)", [person.id, account.id, json.dumps(ALL_TASKS)]
        )
