"""`python -m proof.chaos.author …`: the people of a run, who write, edit and cancel posts through the product's services.

Every operation goes into the journal with what came of it: ok, refused (the service said no) or unsure (the database went
away meanwhile, so it may have happened).
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402 - the product is set up first
from django.db import Error, connection  # noqa: E402
from PIL import Image  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from accounts.services import Actor, create_workspace, enter  # noqa: E402
from multivio import tenancy  # noqa: E402
from multivio.errors import DomainError  # noqa: E402
from posts.content import Content, Own, PartContent  # noqa: E402
from posts.media.services import store_upload  # noqa: E402
from posts.models import Media, Post  # noqa: E402
from posts.schedule import WallTime  # noqa: E402
from posts.services import At, Now, Plan, cancel_post, create_post, edit_post, publish_now  # noqa: E402
from proof.chaos import plan as planning  # noqa: E402
from proof.chaos.plan import PlannedPost  # noqa: E402
from proof.chaos.platforms import KINDS, X  # noqa: E402
from sandbox.testing import Control  # noqa: E402
from social import platforms  # noqa: E402
from social.contract import Profile, Tokens  # noqa: E402
from social.models import Connection  # noqa: E402
from social.services import store_grant  # noqa: E402

FAR = 3600  # staged posts wait this far ahead until the run starts
RECONNECT_SECONDS = 3.0


@dataclass
class Author:
    """One owner of all workspaces, and what they did."""

    plan: planning.Plan
    control: Control
    journal: Path
    base: float = 0.0
    posts: dict[int, int] = field(default_factory=dict)  # number -> Post's id
    accounts: dict[int, Connection] = field(default_factory=dict)
    media: dict[tuple[int, str], Media] = field(default_factory=dict)
    workspaces: list[Workspace] = field(default_factory=list)

    def stage(self) -> None:
        """Workspaces, accounts with real tokens, media, and the posts that are planned before the run."""
        self.user = User.objects.create_user(f"chaos-{time.time_ns()}@example.org", "not-used-here", name="Chaos")
        for number in range(planning.WORKSPACES):
            self.workspaces.append(create_workspace(owner=self.user, name=f"Chaos {number}", zone="UTC"))
            for kind, data in self._files().items():
                with self._acting(number) as actor:
                    pass
                self.media[number, kind] = store_upload(actor=actor, file=ContentFile(data, name=f"{kind}"))
        for account in range(planning.WORKSPACES * self.plan.accounts_each):
            self._open(account)
            self._connect(account)
        self.base = float(int(time.time()) + FAR)
        for post in self.plan.posts:
            if post.at < 0:
                self._do("create", post, self._create)

    def _files(self) -> dict[str, bytes]:
        """What the platforms of this run take."""
        wanted = {kind for slug in self.plan.platforms for kind in KINDS[slug].media if kind}
        return {kind: FILES[kind]() for kind in sorted(wanted)}

    def _open(self, account: int) -> None:
        """The account in the sandbox. A Page belongs to a person, one for each: nobody else's grant opens it."""
        name, slug = planning.username(account), self.plan.platform_of(account)
        more: dict[str, Any] = {}
        if slug == "facebook":
            self.control.add_account(f"{name}.person", platform=slug)
            more = {"category": "Chaos", "admins": [f"{name}.person"]}
        self.control.add_account(name, platform=slug, **more)

    def move(self, start: float) -> None:
        """Bring the staged posts to the start of the run."""
        self._shift(self.base - start)
        self.base = start

    def run(self, start: float) -> None:
        """Do everything at its time."""
        todo: list[tuple[float, str, PlannedPost]] = []
        for post in self.plan.posts:
            if post.at >= 0:
                todo.append((post.at, "create", post))
            todo += [(change.at, change.kind, post) for change in post.changes]
        again = RECONNECT_SECONDS
        for at, kind, post in sorted(todo, key=lambda item: (item[0], item[2].number)):
            if at > again:
                self._safely("reconnect", None, self._reconnect)
                again = at + RECONNECT_SECONDS
            time.sleep(max(0.0, start + at - time.time()))
            self._do(kind, post, self._change if kind != "create" else self._create)

    # -- single acts -------------------------------------------------------------------------------

    def _do(self, kind: str, post: PlannedPost, act: Callable[..., int]) -> None:
        if kind != "create" and post.number not in self.posts:
            return
        self._safely(kind, post, lambda: act(post, kind))

    def _safely(self, kind: str, post: PlannedPost | None, act: Callable[[], int]) -> None:
        entry: dict[str, Any] = {"op": kind, "number": post.number if post else 0, "from": time.time(), "said": ""}
        try:
            entry |= {"post": act(), "outcome": "ok"}
        except DomainError as refusal:
            entry |= {"outcome": "refused", "said": str(refusal)}
        except Error as error:
            entry |= {"outcome": "unsure", "said": str(error)[:200]}
            connection.close()
        entry.setdefault("post", self.posts.get(entry["number"], 0))
        with self.journal.open("a") as out:
            out.write(json.dumps({**entry, "to": time.time()}) + "\n")

    def _create(self, post: PlannedPost, _kind: str) -> int:
        with self._acting(post.workspace) as actor:
            made = create_post(actor=actor, content=self._content(post, version=1), plan=self._plan_of(post))
        self.posts[post.number] = made.pk
        return int(made.pk)

    def _change(self, planned: PlannedPost, kind: str) -> int:
        with self._acting(planned.workspace) as actor:
            post = Post.objects.get(pk=self.posts[planned.number])
            if kind == "edit":
                content = self._content(planned, version=post.version + 1)
                edit_post(actor=actor, post=post, content=content, plan=self._plan_of(planned), version=post.version)
            elif kind == "cancel":
                cancel_post(actor=actor, post=post)
            else:
                publish_now(actor=actor, post=post)
        return int(post.pk)

    def _connect(self, account: int) -> None:
        """Store a grant with tokens that the sandbox issued, as the handshake's callback does."""
        name, slug = planning.username(account), self.plan.platform_of(account)
        granted = self.control.tokens(name, platform=slug, client_id=f"sandbox-{slug}-client")
        tokens = Tokens(
            granted.get("user_token", granted["access_token"]),
            granted.get("refresh_token", granted["access_token"] if slug != X else ""),
            datetime.now(UTC) + timedelta(seconds=granted["expires_in"]) if granted.get("expires_in") else None,
            tuple(granted["scope"].replace(",", " ").split()),
        )
        profile = Profile(granted["user_id"], name, name)
        if slug != X:
            found = platforms.get(slug).profiles(tokens)
            profile = found[0] if len(found) == 1 else next(one for one in found if one.username == name)
        with self._acting(account // self.plan.accounts_each) as actor:
            opened = store_grant(actor=actor, platform=slug, protocol="oauth2", tokens=tokens, profiles=[profile])
        self.accounts[account] = opened[0]
        known = {str(connection.pk): planning.username(number) for number, connection in self.accounts.items()}
        self.journal.with_name("accounts.json").write_text(json.dumps(known))

    def _reconnect(self) -> int:
        """A person reconnects what broke; how many."""
        with tenancy.system("chaos looks for broken connections"):
            broken = set(Connection.objects.filter(health="broken").values_list("pk", flat=True))
        found = [account for account, connection in self.accounts.items() if connection.pk in broken]
        for account in found:
            self._connect(account)
        return len(found)

    # -- what it is made of ------------------------------------------------------------------------

    @contextmanager
    def _acting(self, workspace: int) -> Iterator[Actor]:
        with tenancy.tenant(user_id=self.user.pk):
            actor = enter(user=self.user, slug=self.workspaces[workspace].slug)
            assert actor is not None  # noqa: S101 - the user owns it
            yield actor

    def _content(self, post: PlannedPost, *, version: int) -> Content:
        parts = []
        for part in range(1, post.parts + 1):
            text = f"Chaos {self.plan.seed}: part {part} of {post.parts}, version {version} {planning.token(post.number, part)}"
            media = (self.media[post.workspace, post.media].uid,) if post.media and part == 1 else ()
            parts.append(PartContent(text, media))
        uids = tuple(self.accounts[account].uid for account in post.accounts)
        options = KINDS[post.platform].options
        return Content(tuple(parts), uids, {uid: Own(options=options) for uid in uids} if options else {})

    def _plan_of(self, post: PlannedPost) -> Plan:
        if post.due is None:
            return Now()
        moment = datetime.fromtimestamp(int(self.base + post.due), UTC)
        return At(WallTime(moment.date(), moment.time(), "UTC"))

    @staticmethod
    def _shift(seconds: float) -> None:
        with tenancy.system("chaos moves its posts to the start of the run"), connection.cursor() as cursor:
            for table in ("posts_publication", "posts_post"):
                cursor.execute(
                    f"update {table} set due_at = due_at - make_interval(secs => %s) where due_at > now()",  # noqa: S608
                    [seconds],
                )


def _picture(form: str) -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (640, 480), (40 * number, 90, 30)) for number in range(3)]
    frames[0].save(out, form, **({"save_all": True, "append_images": frames[1:]} if form == "GIF" else {}))
    return out.getvalue()


def _film() -> bytes:
    """Three seconds of upright video, which every platform takes."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 540, 960, "yuv420p"
        for number in range(80):
            image = Image.new("RGB", (540, 960), (number * 3, 90, 30))
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "picture": lambda: _picture("PNG"),
    "gif": lambda: _picture("GIF"),
    "film": _film,
}


def main() -> None:
    url, journal, seed, seconds, per_second, slugs = sys.argv[1:]
    chosen = slugs.split(",")
    plan = planning.make_plan(int(seed), float(seconds), per_second=float(per_second), platforms=chosen)
    author = Author(plan, Control(url), Path(journal))
    author.stage()
    _say("staged")
    start = float(sys.stdin.readline())
    author.move(start)
    _say("moved")
    author.run(start)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
