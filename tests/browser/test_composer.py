"""Writing: threads, times, limits, pictures by keyboard and mouse, and text that survives everything."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from multivio import tenancy
from posts.models import Media, Post, Publication
from posts.tests.factories import make_connection, make_post
from posts.tests.media_files import picture
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live


def texts(page: Page) -> list[str]:
    return [each.input_value() for each in page.get_by_role("textbox", name="Text").all()]


def write(page: Page, *parts: str) -> None:
    for number, part in enumerate(parts):
        if number:
            page.get_by_role("button", name="Add to thread").click()
        page.locator("textarea.writing").nth(number).fill(part)


class TestThreads:
    def test_a_thread_is_published_as_replies_in_order(self, maja: Visitor, studio: Studio, live: Live) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "First of three", "Second of three", "Third of three")
        expect(page.locator(".preview.as-x")).to_have_count(3)
        page.get_by_role("button", name="Publish now").click()
        expect(page.locator(".publication-row")).to_have_attribute("data-state", "published")
        expect(page.get_by_text("Part 3 of 3: published")).to_be_visible()
        posts = live.sandbox.control.posts(username="norrestudio")
        assert [each["text"] for each in posts] == ["First of three", "Second of three", "Third of three"]

    def test_parts_are_moved_and_removed(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "one", "two", "three")
        page.get_by_role("button", name="Move up").nth(2).click()
        assert texts(page) == ["one", "three", "two"]
        page.get_by_role("button", name="Remove this part").first.click()
        assert texts(page) == ["three", "two"]
        expect(page.get_by_role("button", name="Move up").first).to_be_disabled()


class TestPolls:
    def test_a_poll_is_drawn_survives_a_reload_and_is_published(
        self, maja: Visitor, studio: Studio, live: Live
    ) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "Which lamp comes next?")
        page.get_by_text("Only for X").click()
        for number, answer in enumerate(("Brass, as ever", "Steel"), start=1):
            page.get_by_label(f"Poll, answer {number}").fill(answer)
        page.get_by_label("The poll is open for").fill("4320")
        page.reload()
        page.get_by_text("Only for X").click()
        card = page.locator(".preview.as-x")
        expect(card.locator("[data-answers] li")).to_have_text(["Brass, as ever", "Steel"])
        expect(card.locator("[data-open]")).to_have_text("0 votes · 3 days left")
        page.get_by_role("button", name="Publish now").click()
        expect(page.locator(".publication-row")).to_have_attribute("data-state", "published")
        (post,) = live.sandbox.control.posts(username="norrestudio")
        assert post["options"]["poll"] == {"options": ["Brass, as ever", "Steel"], "duration_minutes": 4320}


class TestTimes:
    def test_a_post_is_scheduled_for_a_time(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "For later")
        expect(page.get_by_label("Day")).to_be_hidden()
        page.get_by_text("At a time").click()
        year = page.evaluate("new Date().getFullYear() + 1")
        page.get_by_label("Day").fill(f"{year}-06-15")
        page.get_by_label("Time", exact=True).fill("09:30")
        page.get_by_role("button", name="Schedule").click()
        expect(page.locator("#post-actions")).to_contain_text("Scheduled")
        expect(page.locator(".publication-row")).to_contain_text("09:30")

    def test_the_hour_that_comes_twice_is_asked_about(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "In the night the clocks go back")
        page.get_by_text("At a time").click()
        page.get_by_label("Day").fill("2027-10-31")
        page.get_by_label("Time", exact=True).fill("02:30")
        page.get_by_text("The second time").click()
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("At a time").click()
        page.get_by_label("Day").fill("2027-10-31")
        page.get_by_label("Time", exact=True).fill("02:30")
        page.get_by_text("The second time").click()
        page.get_by_role("button", name="Schedule").click()
        expect(page.locator("#post-actions")).to_contain_text("Scheduled")
        with tenancy.system("test"):
            due = Post.objects.get().due_at
        assert due is not None
        assert f"{due:%H:%M}" == "01:30"


class TestLimits:
    TEXT = "Nine months of work. " * 14  # 294

    def test_too_much_text_is_counted_at_once_and_explained_by_the_server(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, self.TEXT)
        expect(page.locator(".counter")).to_have_class("counter over")
        expect(page.locator(".counter [data-left]")).to_have_text("−14")
        expect(page.get_by_text("14 too many for X: 294 of 280 characters.")).to_be_visible()
        expect(page.locator("textarea.writing")).to_have_attribute("aria-invalid", "true")

    def test_sending_it_anyway_loses_nothing(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, self.TEXT, "And a second part")
        page.get_by_role("button", name="Publish now").click()
        expect(page.get_by_text("14 too many for X: 294 of 280 characters.")).to_be_visible()
        assert [text.strip() for text in texts(page)] == [self.TEXT.strip(), "And a second part"]
        expect(page.get_by_role("checkbox", name="X, @norrestudio")).to_be_checked()
        with tenancy.system("test"):
            assert not Post.objects.exists()

    def test_the_link_of_a_problem_puts_the_cursor_where_it_is(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "fine", self.TEXT)
        page.get_by_role("textbox", name="Text", exact=True).focus()
        page.get_by_role("link", name="Show").click()
        expect(page.get_by_role("textbox", name="Text of part 2")).to_be_focused()

    def test_the_counter_is_a_ring_until_the_last_twenty(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "x" * 259)
        expect(page.locator(".counter [data-left]")).to_have_text("")
        page.locator("textarea.writing").press_sequentially("y")
        expect(page.locator(".counter [data-left]")).to_have_text("20")


class TestPictures:
    @pytest.fixture
    def files(self, tmp_path: Path) -> list[Path]:
        made = []
        for number in range(3):
            path = tmp_path / f"{number}.png"
            path.write_bytes(picture("PNG", size=(120 + number, 90)))
            made.append(path)
        return made

    def tiles(self, page: Page) -> list[str]:
        return [str(tile.get_attribute("data-media")) for tile in page.locator("[data-media]").all()]

    def attach(self, page: Page, files: list[Path]) -> list[str]:
        for number, path in enumerate(files, start=1):
            page.locator("input[type=file]").first.set_input_files(path)
            expect(page.locator("[data-media]")).to_have_count(number)
        return self.tiles(page)

    def test_the_arrow_keys_move_one(self, maja: Visitor, studio: Studio, files: list[Path]) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        first, second, third = self.attach(page, files)
        page.locator("[data-media]").nth(2).press("ArrowLeft")
        assert self.tiles(page) == [first, third, second]
        expect(page.locator(f"[data-media='{third}']")).to_be_focused()

    def test_they_are_saved_in_their_order_and_one_can_go(
        self, maja: Visitor, studio: Studio, files: list[Path]
    ) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        first, second, third = self.attach(page, files)
        page.locator("[data-media]").nth(0).drag_to(
            page.locator("[data-media]").nth(2), target_position={"x": 90, "y": 50}
        )
        assert self.tiles(page) == [second, third, first]
        page.get_by_role("button", name="Remove picture or video 1").click()
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Draft saved.")).to_be_visible()
        assert self.tiles(page) == [third, first]

    def test_a_pasted_picture_is_uploaded(self, maja: Visitor, studio: Studio, files: list[Path]) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        page.locator("textarea.writing").evaluate(
            """(area, bytes) => {
                const file = new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" });
                const clipboardData = new DataTransfer();
                clipboardData.items.add(file);
                area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
            }""",
            list(files[0].read_bytes()),
        )
        expect(page.locator("[data-media]")).to_have_count(1)
        with tenancy.system("test"):
            assert Media.objects.get().width == 120

    def test_a_file_that_is_no_picture_is_refused_with_a_sentence(
        self, maja: Visitor, studio: Studio, tmp_path: Path
    ) -> None:
        page = maja.page
        path = tmp_path / "alma.png"
        path.write_bytes(b"This is a letter, not a picture.")
        maja.go(f"{studio.path}/compose/")
        page.locator("input[type=file]").first.set_input_files(path)
        expect(
            page.locator("#toasts").get_by_text("This is not a picture or video that can be posted.")
        ).to_be_visible()
        expect(page.locator("[data-media], [data-uploading-file]")).to_have_count(0)


class TestNothingIsLost:
    def test_a_reload_brings_the_words_back(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "Not saved", "anywhere yet")
        page.reload()
        expect(page.get_by_text("This is what you wrote before.")).to_be_visible()
        assert texts(page) == ["Not saved", "anywhere yet"]

    def test_starting_afresh_forgets_them(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "Not saved")
        page.reload()
        page.get_by_role("button", name="Start afresh").click()
        expect(page.locator("textarea.writing")).to_have_value("")

    def test_a_line_that_breaks_while_sending_keeps_them(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "Sent into the void")
        page.route("**/compose/", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
        page.get_by_role("button", name="Save draft").click()
        page.wait_for_url("chrome-error://**")
        maja.go(f"{studio.path}/compose/")
        assert texts(page) == ["Sent into the void"]
        maja.complaints.clear()

    def test_what_was_saved_does_not_come_back(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "Saved")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Draft saved.")).to_be_visible()
        expect(page.get_by_text("This is what you wrote before.")).to_be_hidden()
        maja.go(f"{studio.path}/compose/")
        expect(page.locator("textarea.writing")).to_have_value("")
        expect(page.get_by_text("This is what you wrote before.")).to_be_hidden()

    def test_going_back_to_a_sent_form_and_changing_it_writes_another_post(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        for words in ("The first", "The second"):
            write(page, words)
            page.get_by_role("button", name="Save draft").click()
            expect(page.get_by_text("Draft saved.")).to_be_visible()
            page.go_back()
        with tenancy.system("test"):
            assert sorted(Post.objects.values_list("text", flat=True)) == ["The first", "The second"]

    def test_somebody_elses_version_is_offered_beside_mine(self, maja: Visitor, studio: Studio) -> None:
        post = make_post(studio.maja, studio.workspace, studio.account, text="Old")
        page = maja.page
        maja.go(f"{studio.path}/posts/{post.uid}/edit/")
        with tenancy.system("another window"):
            Post.objects.filter(pk=post.pk).update(text="Theirs", version=2)
        write(page, "Mine")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Somebody else saved this post while you were writing.")).to_be_visible()
        assert texts(page) == ["Mine"]
        page.get_by_role("button", name="Keep mine").click()
        expect(page.get_by_text("Draft saved.")).to_be_visible()
        with tenancy.system("test"):
            assert Post.objects.get().text == "Mine"

    def test_theirs_can_be_loaded_instead(self, maja: Visitor, studio: Studio) -> None:
        post = make_post(studio.maja, studio.workspace, studio.account, text="Old")
        page = maja.page
        maja.go(f"{studio.path}/posts/{post.uid}/edit/")
        with tenancy.system("another window"):
            Post.objects.filter(pk=post.pk).update(text="Theirs", version=2)
        write(page, "Mine")
        page.get_by_role("button", name="Save draft").click()
        page.get_by_role("link", name="Load theirs").click()
        expect(page.locator("textarea.writing")).to_have_value("Theirs")


class TestThePreview:
    def test_shows_links_mentions_and_tags_as_x_does(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(
            page, "See https://www.norre.studio/alma/colours-and-parts with @maja, mail me@norre.studio #lamps #2 $ALMA"
        )
        coloured = page.locator(".preview.as-x .link")
        expect(coloured).to_have_text(["norre.studio/alma/colours-…", "@maja", "#lamps", "$ALMA"])

    def test_has_a_light_and_a_dark_look_of_its_own(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        page.get_by_role("button", name="Dark").click()
        expect(page.locator(".thread")).to_have_css("background-color", "rgb(0, 0, 0)")
        expect(page.locator("body")).not_to_have_css("background-color", "rgb(0, 0, 0)")

    def test_follows_the_chosen_accounts(self, maja: Visitor, studio: Studio) -> None:
        make_connection(studio.workspace, username="second", name="Second one")
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        expect(page.get_by_text("Choose an account")).to_be_visible()
        page.get_by_role("checkbox", name="X, @second").check()
        expect(page.get_by_role("region", name="On X, @second")).to_be_visible()


class TestKeys:
    def test_control_and_enter_send(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "By keyboard")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".publication-row")).to_have_attribute("data-state", "published")

    def test_enter_in_a_field_of_time_sends_nothing(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/compose/")
        write(page, "Not yet")
        page.get_by_text("At a time").click()
        with page.expect_response("**/compose/check/"):
            page.get_by_label("Day").press("Enter")
        with tenancy.system("test"):
            assert not Publication.objects.exists()
        assert texts(page) == ["Not yet"]

    def test_letters_lead_to_the_pages_but_not_while_one_types(self, maja: Visitor, studio: Studio) -> None:
        page = maja.page
        maja.go(f"{studio.path}/")
        page.keyboard.press("g")
        page.keyboard.press("p")
        expect(page.get_by_role("heading", name="Posts", level=1)).to_be_visible()
        page.wait_for_load_state("load")  # the scripts that listen for keys have run by then
        page.get_by_label("Search posts").press_sequentially("c g h")
        expect(page.get_by_role("heading", name="Posts", level=1)).to_be_visible()
        page.get_by_role("heading", name="Posts", level=1).click()
        page.keyboard.press("c")
        expect(page.get_by_role("heading", name="New post")).to_be_visible()
        expect(page.locator("textarea.writing")).to_be_focused()
