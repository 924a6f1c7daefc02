"""API keys: shown once, stored as a hash, acting as their maker for as long as both are in good standing."""

import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services import actor_for_key, create_api_key, revoke_api_key
from accounts.tests.people import Cast, acting, add_member, make_cast
from multivio import tenancy

POSTS = "/api/v1/posts"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def status(key: str) -> int:
    return int(APIClient().get(POSTS, HTTP_AUTHORIZATION=f"Bearer {key}").status_code)


class CommandTests:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("create_api_key", *arguments, stdout=out)
        return out.getvalue()

    def test_it_prints_a_working_key_and_nothing_else(self, cast: Cast) -> None:
        printed = self.run(cast.alice.email)
        assert printed.startswith("mv_")
        assert printed.count("\n") == 1
        assert status(printed.strip()) == 200

    def test_the_address_may_be_written_in_capitals(self, cast: Cast) -> None:
        assert status(self.run(cast.alice.email.upper()).strip()) == 200

    def test_with_two_workspaces_it_asks_which(self, cast: Cast) -> None:
        add_member(cast.elsewhere, cast.alice)
        with pytest.raises(CommandError, match="--workspace"):
            self.run(cast.alice.email)
        assert status(self.run(cast.alice.email, "--workspace", cast.elsewhere.slug).strip()) == 200

    def test_it_refuses_a_stranger_and_a_workspace_one_is_not_in(self, cast: Cast) -> None:
        with pytest.raises(CommandError, match="Nobody is registered"):
            self.run("nobody@example.org")
        with pytest.raises(CommandError, match="not a member"):
            self.run(cast.alice.email, "--workspace", cast.elsewhere.slug)


class StoredTests:
    def test_only_a_hash_is_stored(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            row, key = create_api_key(actor=actor, name="script")
            stored = ApiKey.objects.values().get()
        assert key not in map(str, stored.values())
        assert row.digest == hashlib.sha256(key.encode()).hexdigest()
        assert (row.prefix, len(row.prefix)) == (key[:10], 10)

    def test_two_keys_are_never_alike(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            assert create_api_key(actor=actor, name="a")[1] != create_api_key(actor=actor, name="a")[1]

    def test_the_hash_is_no_key(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            row, _key = create_api_key(actor=actor, name="script")
        assert status(row.digest) == 401
        assert status(f"mv_{row.digest}") == 401


class EndTests:
    @pytest.fixture
    def key(self, cast: Cast) -> str:
        with acting(cast.alice, cast.workspace) as actor:
            return create_api_key(actor=actor, name="script")[1]

    def test_it_ends_when_it_expires(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            soon = create_api_key(actor=actor, name="a", expires_at=timezone.now() + timedelta(minutes=1))[1]
            over = create_api_key(actor=actor, name="b", expires_at=timezone.now() - timedelta(seconds=1))[1]
        assert (status(soon), status(over)) == (200, 401)

    def test_it_ends_when_it_is_revoked_and_twice_is_harmless(self, cast: Cast, key: str) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            row = ApiKey.objects.get()
            revoke_api_key(actor=actor, key=row)
            first = ApiKey.objects.get().revoked_at
            revoke_api_key(actor=actor, key=row)
            assert ApiKey.objects.get().revoked_at == first
        assert status(key) == 401

    def test_another_workspace_cannot_revoke_it(self, cast: Cast, key: str) -> None:
        with acting(cast.alice, cast.workspace):
            row = ApiKey.objects.get()
        with acting(cast.charlie, cast.elsewhere) as stranger:
            revoke_api_key(actor=stranger, key=row)
        assert status(key) == 200

    def test_it_ends_with_the_account_of_its_maker(self, cast: Cast, key: str) -> None:
        cast.alice.is_active = False
        cast.alice.save()
        assert status(key) == 401

    def test_it_ends_with_the_membership_of_its_maker(self, cast: Cast, key: str) -> None:
        with tenancy.system("test"):
            cast.workspace.members.filter(user=cast.alice).delete()
        assert status(key) == 401


def test_looking_up_a_key_names_its_maker_workspace_and_role(cast: Cast) -> None:
    with acting(cast.bob, cast.workspace) as actor:
        row, key = create_api_key(actor=actor, name="script")
    with tenancy.tenant(user_id=None):
        found = actor_for_key(key)
        assert found is not None
        assert (found[0].user, found[0].workspace, found[0].role, found[1]) == (
            cast.bob,
            cast.workspace,
            "editor",
            row.pk,
        )
