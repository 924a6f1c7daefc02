"""What Instagram holds on the first day: the app, three accounts, and one that is only scenery."""

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.platforms.instagram.identity import SLUG
from sandbox.world import World

APP = App(
    platform=SLUG,
    client_id="sandbox-instagram-client",
    client_secret="sandbox-instagram-secret",  # noqa: S106 - the whole world may know it
    name="Multivio (sandbox app)",
)
# 2020-01-01, so that profiles have a believable age.
BIRTHDAY = 1_577_880_000.0
# id, username, name, colour, account type. The first is linked to a Page of the sandbox's Facebook.
ACCOUNTS = (
    ("17841400000000001", "norrestudio", "Norre Studio", "#b4532a", "BUSINESS"),
    ("17841400000000002", "alma.lamps", "Alma Berg", "#8a4b9e", "MEDIA_CREATOR"),
    ("17841400000000003", "tomas.private", "Tomas Eriksen", "#2f4ea0", "PERSONAL"),
    ("17841400000000009", "lighthousedaily", "Lighthouse Daily", "#33475b", "BUSINESS"),
)
NORRE, ALMA, TOMAS, SCENERY = (account[0] for account in ACCOUNTS)


def plant(world: World, *, accounts: bool) -> None:
    if not accounts:
        return
    world.store.execute("delete from ig_account")
    world.apps.register(APP)
    for account_id, username, name, color, account_type in ACCOUNTS:
        is_foreign = account_id == SCENERY
        world.accounts.add(Account(SLUG, account_id, username, name, "free", color, is_foreign, BIRTHDAY))
        values = [account_id, account_type, 1200]
        world.store.execute("insert or replace into ig_account values (?, ?, ?)", values)
