"""The tags that draw the small pieces of every page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from multivio.templatetags import ui
from posts.states import PostState, State
from social.models import Connection, PlatformSlug

NOON = datetime(2026, 11, 26, 12, 0, 5, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class DrawingTests:
    def test_an_icon_takes_size_and_colour_from_the_style_sheet(self) -> None:
        svg = render('{% icon "house" "large" %}')
        assert svg.startswith("<svg")
        assert 'class="icon large"' in svg
        assert 'aria-hidden="true"' in svg
        assert "width=" not in svg
        assert "stroke-width=" not in svg

    def test_every_icon_that_a_template_names_exists(self) -> None:
        found = set()
        for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
            source = path.read_text(encoding="utf-8")
            found |= set(re.findall(r'{%\s*icon "([\w-]+)"', source))
            found |= set(re.findall(r'{%\s*(?:notice|empty_state)\b[^%]*\bicon="([\w-]+)"', source))
        found |= {place.icon for place in ui.PLACES}
        assert len(found) > 15
        for name in found:
            assert ui.icon(name).startswith("<svg")

    @pytest.mark.parametrize("platform", PlatformSlug.values)
    def test_every_platform_has_a_mark_with_its_name(self, platform: str) -> None:
        assert f'id="m-{platform}"' in render_to_string("components/sprite.html")
        assert ui.PLATFORM_NAMES[platform] == PlatformSlug(platform).label
        assert f'aria-label="{PlatformSlug(platform).label}"' in render("{% mark p %}", p=platform)

    def test_a_mark_beside_the_name_is_not_read_twice(self) -> None:
        svg = render('{% mark "x" hidden=True %}')
        assert 'aria-hidden="true"' in svg
        assert "aria-label" not in svg

    @pytest.mark.parametrize("value", [*State.values, *PostState.values, *Connection.Health.values])
    def test_every_state_has_a_glyph_and_its_word(self, value: str) -> None:
        words = dict([*State.choices, *PostState.choices, *Connection.Health.choices])
        assert text(render("{% state s %}", s=value)) == words[value]
        assert f'id="s-{ui.LOOKS[value].glyph}"' in render_to_string("components/sprite.html")

    def test_a_state_may_say_more_than_its_word(self) -> None:
        assert text(render('{% state "published" "Published 09:30" %}')) == "Published 09:30"

    @pytest.mark.parametrize(("part", "dash"), [(0, "0.0"), (0.4, "37.7"), (1, "94.2"), (3, "94.2"), (-1, "0.0")])
    def test_a_ring_is_filled_by_its_part(self, part: float, dash: str) -> None:
        assert f'stroke-dasharray="{dash} 94.25"' in render("{% ring part %}", part=part)

    @pytest.mark.parametrize(
        ("name", "letters"),
        [
            ("Maja Lindqvist", "ML"),
            ("Anna Maria van Dijk", "AD"),
            ("@norrestudio", "N"),
            ("maja@norre.studio", "M"),
            ("elif", "E"),
            ("", "?"),
        ],
    )
    def test_an_avatar_shows_up_to_two_letters(self, name: str, letters: str) -> None:
        assert text(render("{% avatar name %}", name=name)) == letters

    def test_an_avatar_keeps_its_colour(self) -> None:
        html = render('{% avatar "Maja Lindqvist" %}')
        assert html == render('{% avatar "Maja Lindqvist" %}')
        assert re.search(r"shade-[1-8]\b", html)

    def test_names_from_outside_are_escaped(self) -> None:
        html = render('{% avatar "<b>" picture=url %}{% state "draft" word %}', url='"><script>', word="<i>")
        assert "<script" not in html
        assert "<i>" not in html
        assert "<b>" not in html


class TimeTests:
    def test_the_clock_shows_the_zone_that_is_active(self) -> None:
        with timezone.override(COPENHAGEN):
            html = render("{% clock at %}", at=NOON)
        assert text(html) == "13:00"
        assert 'datetime="2026-11-26T12:00:05+00:00"' in html
        assert "Thursday 26 November 2026, 13:00:05, Europe/Copenhagen" in html

    def test_the_clock_may_show_seconds(self) -> None:
        assert text(render('{% clock at "seconds" %}', at=NOON)) == "12:00:05"

    def test_no_time_shows_nothing(self) -> None:
        assert render("{% clock at %}{% moment at %}{{ at|lasted:at }}", at=None) == ""

    @pytest.mark.parametrize(
        ("away", "words"),
        [
            (timedelta(0), "Today, 13:00"),
            (timedelta(days=-1), "Yesterday, 13:00"),
            (timedelta(days=1), "Tomorrow, 13:00"),
            (timedelta(hours=11), "Tomorrow, 00:00"),
            (timedelta(days=2), "Sat 28 Nov, 13:00"),
            (timedelta(days=-400), "22 Oct 2025, 14:00"),
        ],
    )
    def test_a_moment_names_the_day_as_people_do(self, away: timedelta, words: str) -> None:
        with time_machine.travel(NOON, tick=False), timezone.override(COPENHAGEN):
            assert text(render("{% moment at %}", at=NOON + away)) == words

    def test_a_duration_is_in_seconds(self) -> None:
        assert render("{{ a|lasted:b }}", a=NOON, b=NOON + timedelta(milliseconds=620)) == "0.6 s"


class NavigationTests:
    def test_it_marks_the_page_one_is_on(self) -> None:
        request = RequestFactory().get("/w/norre/posts/2/")
        context = {"request": request, "workspace": SimpleNamespace(slug="norre"), "needs_you_count": 3}
        found = ui.navigation(Context(context))
        assert [(place["label"], place["is_current"], place["count"]) for place in found] == [
            ("Home", False, 3),
            ("Posts", True, 0),
            ("Connections", False, 0),
            ("Publishing", False, 0),
            ("Settings", False, 0),
        ]

    def test_without_a_workspace_there_is_nowhere_to_go(self) -> None:
        assert ui.navigation(Context({"request": RequestFactory().get("/accounts/email/")})) == []


class BlockTests:
    def test_a_notice_holds_its_sentence(self) -> None:
        html = render('{% notice "warn" icon="info" %}<b>Published on 3 of 4.</b>{% endnotice %}')
        assert 'class="notice warn"' in html
        assert "<b>Published on 3 of 4.</b>" in html

    def test_a_dialog_is_named_by_its_title(self) -> None:
        html = render('{% dialog "move" title="Move to…" %}<p>When?</p>{% enddialog %}')
        assert 'id="move" aria-labelledby="move-title"' in html
        assert 'id="move-title">Move to…' in html

    def test_a_matter_says_what_and_why(self) -> None:
        html = render('{% matter "needs_human" title=t %}<p>Why</p>{% endmatter %}', t="Is “<Alma>” on X?")
        assert "<h3>Is “&lt;Alma&gt;” on X?</h3><p>Why</p>" in html

    def test_an_empty_state_ends_with_an_action(self) -> None:
        html = render('{% empty_state icon="plug" title="None yet" %}<a href="#add">Add</a>{% endempty_state %}')
        assert text(html) == "None yet Add"


class BrowserNameTests:
    @pytest.mark.parametrize(
        ("header", "words"),
        [
            ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.0 Safari/605.1.15", "Safari on Mac"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
            ("curl/8.0", "Unknown browser"),
        ],
    )
    def test_it_reads_the_header(self, header: str, words: str) -> None:
        assert ui.browser(header) == words
