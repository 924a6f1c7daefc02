"""Server-rendered pages: one template environment, one strict policy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

FOLDER = Path(__file__).parent
_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def policy(form_action: str = "") -> str:
    """No scripts, nothing from elsewhere. `form_action` is one more origin that a form's redirect may reach."""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none';"
        f" frame-ancestors 'none'; form-action 'self' {form_action}".rstrip()
    )


def page(template: str, context: Mapping[str, Any], *, status: int = 200, form_action: str = "") -> HTMLResponse:
    headers = {
        "content-security-policy": policy(form_action),
        # Under "no-referrer" browsers send `Origin: null` with forms, and the admin page's forms check the origin.
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return HTMLResponse(_templates.get_template(template).render(context), status, headers)


def sorry(title: str, sentence: str, *, status: int) -> HTMLResponse:
    """A page that says what went wrong."""
    return page("sorry.html", {"title": title, "sentence": sentence}, status=status)
