"""The pages of the settings and of one's account stand in one shell, which shows what the role may see."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from accounts.tests.people import add_member, make_cast, make_user
from multivio.templatetags.ui import ACCOUNT, SETTINGS, SettingsPlace

pytestmark = pytest.mark.django_db
ALWAYS = [place for place in ACCOUNT if not place.when]
LINK = re.compile(r'<a class="nav" href="([^"]+)"( aria-current="page")?>')


def places(user: User, path: str, label: str) -> tuple[list[str], list[str]]:
    """The addresses in the navigation beside a page, and those that are marked as the current one."""
    client = Client()
    client.force_login(user)
    html = client.get(path).content.decode()
    shown = html.partition(f'<nav class="subnav" aria-label="{label}">')[2].partition("</nav>")[0]
    found = LINK.findall(shown)
    return [url for url, _ in found], [url for url, current in found if current]


@pytest.mark.parametrize("place", SETTINGS, ids=[place.view for place in SETTINGS])
def test_every_page_of_the_settings_leads_to_all_others(place: SettingsPlace) -> None:
    cast = make_cast()
    urls = [reverse(each.view, args=[cast.workspace.slug]) for each in SETTINGS]
    path = urls[SETTINGS.index(place)]
    assert places(cast.alice, path, "Settings") == (urls, [path])


@pytest.mark.parametrize("place", ALWAYS, ids=[place.view for place in ALWAYS])
def test_every_page_of_the_account_leads_to_all_others(place: SettingsPlace) -> None:
    cast = make_cast()
    urls = [reverse(each.view) for each in ALWAYS]
    path = reverse(place.view)
    assert places(cast.alice, path, "Your account") == (urls, [path])


def test_nobody_is_led_to_what_their_role_may_not_see() -> None:
    cast = make_cast()
    for role in Role:
        member = cast.alice if role == Role.OWNER else make_user(role.label)
        if role != Role.OWNER:
            add_member(cast.workspace, member, role)
        client = Client()
        client.force_login(member)
        shown, _ = places(member, reverse("settings", args=[cast.workspace.slug]), "Settings")
        open_to = [
            url
            for each in SETTINGS
            if client.get(url := reverse(each.view, args=[cast.workspace.slug])).status_code == 200
        ]
        assert shown == open_to, role
