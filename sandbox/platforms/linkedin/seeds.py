"""What LinkedIn holds on the first day: two apps, three people, their organisations, and one that is only scenery."""

from collections.abc import Sequence

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.linkedin import posts
from sandbox.platforms.linkedin.identity import ADMINISTRATOR, ORGANISATION, SLUG
from sandbox.world import World

# One app for each of LinkedIn's products: they cannot be had together.
COMMUNITY = App(
    platform=SLUG,
    client_id="sandbox-linkedin-client",
    client_secret="sandbox-linkedin-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
)
SHARE = App(
    platform=SLUG,
    client_id="sandbox-linkedin-share",
    client_secret="sandbox-linkedin-share-secret",  # noqa: S106
    name="Multivio (sandbox app, members only)",
)
# 2020-01-01, so that profiles have a believable age.
BIRTHDAY = 1_577_880_000.0
# id, username, name, colour
PEOPLE = (
    ("782bbtaQ01", "maja-lindqvist", "Maja Lindqvist", "#1d6f5c"),
    ("782bbtaQ02", "tomas-eriksen", "Tomas Eriksen", "#2f4ea0"),
    ("782bbtaQ03", "alma-berg", "Alma Berg", "#8a4b9e"),
)
MAJA, TOMAS, ALMA = (person[0] for person in PEOPLE)
# id, username, name, colour, what it is
ORGANISATIONS = (
    ("10482039", "norre-studio", "Norre Studio", "#b4532a", "Design services · Copenhagen"),
    ("10482040", "alma-lamps", "Alma Lamps", "#8a4b9e", "Furniture · Aarhus"),
    ("10482041", "norre-archive", "Norre Studio Archive", "#6b5b4b", "Archives"),
    ("10482049", "lighthouse-daily", "Lighthouse Daily", "#33475b", "Online media"),
)
NORRE, LAMPS, ARCHIVE, SCENERY_ORG = (one[0] for one in ORGANISATIONS)
# Who, where, as what, how far. Tomas may look at Norre Studio's numbers, not write for it.
ROLES = (
    (MAJA, NORRE, ADMINISTRATOR, "APPROVED"),
    (MAJA, LAMPS, "CONTENT_ADMINISTRATOR", "APPROVED"),
    (MAJA, ARCHIVE, ADMINISTRATOR, "REQUESTED"),
    (TOMAS, NORRE, "ANALYST", "APPROVED"),
    (TOMAS, LAMPS, ADMINISTRATOR, "APPROVED"),
)
# Hours before the world began, text.
SCENERY = (
    (30, "Lindesnes, 1656: the first lighthouse in Norway burned coal. Sailors called it a rumour with smoke."),
    (5, "Fog this morning at Skagen. The lamp still turns every 5 seconds, seen or not. #lighthouses"),
)


def plant(world: World, *, accounts: bool) -> None:
    if accounts:
        for table in ("li_org", "li_app"):
            world.store.execute(f"delete from {table}")  # noqa: S608
        for app, product, has_refresh in ((COMMUNITY, "community", 1), (SHARE, "share", 0)):
            world.apps.register(app)
            world.store.execute("insert or replace into li_app values (?, ?, ?)", [app.client_id, product, has_refresh])
        for account_id, username, name, color in PEOPLE:
            world.accounts.add(Account(SLUG, account_id, username, name, "free", color, False, BIRTHDAY))
        for org_id, username, name, color, about in ORGANISATIONS:
            # Nobody signs in as an organisation.
            world.accounts.add(Account(SLUG, org_id, username, name, "free", color, True, BIRTHDAY))
            world.store.execute("insert or replace into li_org values (?, ?)", [org_id, about])
    world.store.execute("delete from li_role where person_id in (?, ?, ?)", [MAJA, TOMAS, ALMA])
    for role in ROLES:
        world.store.execute("insert or replace into li_role values (?, ?, ?, ?)", role)
    for hours, words in SCENERY:
        posts.insert(
            world,
            at=world.clock.now() - hours * 3600,
            kind="share",
            author=f"{ORGANISATION}{SCENERY_ORG}",
            commentary=words,
            visibility="PUBLIC",
            is_reshare_disabled=0,
            content="{}",
            parent=None,
            dedupe_key="scenery",
        )


def open_organisation(world: World, account: Account, about: str, admins: Sequence[str]) -> None:
    """An organisation that the control API makes."""
    world.store.execute("insert or replace into li_org values (?, ?)", [account.id, about])
    for username in admins:
        person = world.accounts.by_username(SLUG, username)
        if person is None:
            raise ValueError(f"There is no {username}.")
        values = [person.id, account.id, ADMINISTRATOR, "APPROVED"]
        world.store.execute("insert or replace into li_role values (?, ?, ?, ?)", values)
