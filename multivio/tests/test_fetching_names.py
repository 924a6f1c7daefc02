"""Names of hosts and of charsets, as pages say them: what is unusual is neither a mistake of ours nor a way in."""

import socket
import threading
import time
from typing import Any

import pytest

from multivio import fetching
from multivio.fetching import NotRead


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the resolver was asked; it knows every host."""
    hosts: list[str] = []

    def getaddrinfo(host: str, port: int, **_others: Any) -> list[Any]:
        hosts.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return hosts


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai"),
        ("https://münchen.de/a", "xn--mnchen-3ya.de"),
        ("https://example.org/", "example.org"),
    ],
)
def test_a_host_is_named_as_the_resolver_and_the_certificate_name_it(url: str, host: str, asked: list[str]) -> None:
    assert fetching._target(url, time.monotonic() + 60).host == host
    assert asked == [host]


@pytest.mark.parametrize("url", ["https://a..b/", f"https://{'a' * 70}.org/", "https://\ud83d.org/"])
def test_what_is_no_name_is_said_to_be_none(url: str, asked: list[str]) -> None:
    with pytest.raises(NotRead):
        fetching._target(url, time.monotonic() + 60)
    assert asked == []


def test_nobody_waits_for_a_resolver_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: [silent.wait(30)][:0])
    try:
        with pytest.raises(NotRead, match="took too long"):
            fetching._target("https://example.org/", 0)
    finally:
        silent.set()


@pytest.mark.parametrize("number", ["fec0::1", "168.63.129.16", "::ffff:168.63.129.16", "64:ff9b::a83f:8110"])
def test_the_inside_of_a_network_or_a_cloud_is_not_public(number: str) -> None:
    assert not fetching.is_public(number)


@pytest.mark.parametrize(
    "charset", ["punycode", "undefined", "idna", "unicode_escape", "zlib", "rot13", "nonsense", "iso-8859-99"]
)
def test_a_page_chooses_no_codec_that_pages_are_not_written_in(charset: str) -> None:
    assert fetching._decoded("Småt".encode(), f" charset={charset}") == "Småt"
    declared = f'<?xml version="1.0" encoding="{charset}"?><a>Småt</a>'.encode()
    assert "Småt" in fetching._decoded(declared, "")


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8", "utf-16", "latin1"])
def test_those_that_they_are_written_in_are_read(charset: str) -> None:
    assert fetching._decoded("Småt".encode(charset), f" charset={charset}").lstrip("\ufeff") == "Småt"
