"""Hashed static files: what the browser asks for exists, and nothing asks for an unhashed module."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import storages
from django.core.management import call_command
from django.template.loader import render_to_string
from pytest_django import Settings

IMPORT = re.compile(r"""\bfrom\s*["']([^"']+)|\bimport\s*["']([^"']+)""")
SOURCES = Path(settings.BASE_DIR) / "static" / "js"


def imports(text: str) -> list[str]:
    return [a or b for a, b in IMPORT.findall(text)]


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "multivio.storage.StaticStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_every_import_of_our_modules_is_hashed_and_there(collected: Path) -> None:
    modules = [path for path in (collected / "js").glob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    assert {path.name.split(".")[0] for path in modules} == {path.stem for path in SOURCES.glob("*.js")}
    found = [(path, name) for path in modules for name in imports(path.read_text(encoding="utf-8"))]
    assert len(found) == sum(len(imports(path.read_text(encoding="utf-8"))) for path in SOURCES.glob("*.js")) > 0
    for path, name in found:
        assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{path.name} imports {name}"
        assert (path.parent / name).is_file()


def test_a_new_import_changes_the_name_of_the_importing_module(tmp_path: Path, settings: Settings) -> None:
    names: list[str] = []
    for text in ("export const a = 1;\n", "export const a = 2;\n"):
        source, target = tmp_path / f"source{len(names)}", tmp_path / f"target{len(names)}"
        (source / "js").mkdir(parents=True)
        (source / "js" / "a.js").write_text(text)
        (source / "js" / "app.js").write_text('import { a } from "./a.js";\n')
        settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], target
        settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "multivio.storage.StaticStorage"}}
        call_command("collectstatic", interactive=False, verbosity=0)
        names.append(storages["staticfiles"].url("js/app.js"))
    assert names[0] != names[1]


def test_pages_link_the_hashed_files(collected: Path) -> None:
    page = render_to_string("500.html")
    assert "/static/css/tokens.css" not in page
    linked = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert linked
    assert all((collected / name).is_file() for name in linked)
    assert staticfiles_storage.url("js/app.js") in render_to_string("document.html")


def test_every_module_of_the_shell_is_preloaded() -> None:
    """Otherwise the browser learns of a module only after it has read the one before."""
    page = render_to_string("document.html")
    asked = {name.removeprefix("./") for name in imports((SOURCES / "app.js").read_text(encoding="utf-8"))}
    preloaded = set(re.findall(r'rel="modulepreload" href="[^"]*/js/([\w-]+\.js)"', page))
    assert preloaded == asked


def test_imports_are_written_so_that_the_rules_see_them() -> None:
    """The rules need a static import with a relative path that ends in a semicolon."""
    for path in SOURCES.glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.match(r"\s*(import|export)\b.*\bfrom\b|\s*import\s*[\"']", line):
                assert re.search(r"""["']\./[\w-]+\.js["'];$""", line), f"{path.name}: {line}"
