"""What every template keeps to: the strict CSP, and pages that still answer when little else does."""

import re

import pytest
from django import forms
from django.http import Http404
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views import defaults
from django.views.csrf import csrf_failure

from multivio.checks.templates import main


def test_no_template_needs_a_weaker_policy() -> None:
    assert main() == 0


class LostTests:
    """Without the database: pytest-django refuses any query in these tests."""

    def test_500_needs_no_context(self) -> None:
        answer = defaults.server_error(RequestFactory().get("/"))
        assert answer.status_code == 500
        assert b"Something broke on our side" in answer.content
        assert b'href="/"' in answer.content

    def test_a_stale_form_is_explained(self) -> None:
        answer = csrf_failure(RequestFactory().post("/"), reason="no cookie")
        assert answer.status_code == 403
        assert b"This form is out of date" in answer.content

    def test_404_leads_back(self) -> None:
        answer = defaults.page_not_found(RequestFactory().get("/nowhere/"), Http404("none"))
        assert answer.status_code == 404
        assert b"No such page" in answer.content

    def test_lost_pages_run_no_scripts(self) -> None:
        assert "<script" not in render_to_string("500.html")


class Sample(forms.Form):
    name = forms.CharField(help_text="As on the door.", widget=forms.TextInput(attrs={"placeholder": "Maja"}))
    note = forms.CharField(required=False)
    news = forms.BooleanField(required=False, label="Send me news")


class FieldTests:
    def test_help_and_error_are_linked_to_the_control(self) -> None:
        html = Sample({"name": ""})["name"].as_field_group()
        assert 'aria-describedby="id_name_helptext id_name_error"' in html
        assert 'aria-invalid="true"' in html
        assert 'id="id_name_helptext"' in html
        assert 'id="id_name_error"' in html

    def test_a_label_says_what_belongs_there_and_no_placeholder(self) -> None:
        html = Sample()["name"].as_field_group()
        assert '<label for="id_name">Name</label>' in html
        assert "placeholder" not in html

    def test_an_optional_field_says_so(self) -> None:
        assert "optional" in Sample()["note"].as_field_group()
        assert "optional" not in Sample()["name"].as_field_group()

    def test_a_checkbox_stands_in_its_label(self) -> None:
        assert re.search(
            r"<label class=\"check\"><input type=\"checkbox\"[^>]*> Send me news</label>",
            Sample()["news"].as_field_group(),
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("account_login", "Sign in"),
        ("account_signup", "Create an account"),
        ("account_reset_password", "Forgotten password"),
        ("account_reset_password_done", "Look in your mail"),
        ("account_email_verification_sent", "Confirm your e-mail"),
    ],
)
def test_the_gate_has_one_heading_and_labels(client: Client, name: str, heading: str) -> None:
    page = client.get(reverse(name)).content.decode()
    assert re.findall(r"<h1>(.*?)</h1>", page) == [heading]
    fields = re.findall(r"<input type=\"(?:email|password|text)\"[^>]* id=\"(\w+)\"", page)
    assert all(f'<label for="{field}">' in page for field in fields)
    assert "Twitter" not in page
    assert "third-party" not in page
