"""Where a request comes from, whatever it says about itself."""

from typing import Any

import pytest
import structlog
from django.test import RequestFactory

from multivio.request_log import RequestLog
from multivio.visitor import address_of, network_of


def request_of(rf: RequestFactory, forwarded: str = "", peer: str = "10.0.0.7") -> Any:
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return rf.get("/", REMOTE_ADDR=peer, **extra)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "10.0.0.7"),
        (0, "1.2.3.4", "10.0.0.7"),  # nobody of ours wrote that
        (1, "198.51.100.4", "198.51.100.4"),
        (1, "1.2.3.4, 198.51.100.4", "198.51.100.4"),  # what the visitor wrote stands to the left
        (1, "1.2.3.4,5.6.7.8,  198.51.100.4", "198.51.100.4"),
        (2, "1.2.3.4, 198.51.100.4, 10.0.0.9", "198.51.100.4"),
        (2, "1.2.3.4", "10.0.0.7"),  # came past a proxy
        (1, "", "10.0.0.7"),
        (1, "nonsense", "10.0.0.7"),
        (1, "198.51.100.4:4711", "198.51.100.4"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "::ffff:198.51.100.4", "198.51.100.4"),
    ],
)
def test_the_address_is_the_one_our_proxies_saw(
    rf: RequestFactory, settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address_of(request_of(rf, forwarded)) == address


@pytest.mark.parametrize("header", ["HTTP_X_REAL_IP", "HTTP_CLIENT_IP", "HTTP_FORWARDED", "HTTP_TRUE_CLIENT_IP"])
def test_other_headers_are_not_believed(rf: RequestFactory, settings: Any, header: str) -> None:
    settings.TRUSTED_PROXIES = 1
    request = rf.get("/", REMOTE_ADDR="10.0.0.7", **{header: "1.2.3.4"})  # type: ignore[arg-type]
    assert address_of(request) == "10.0.0.7"


def test_one_line_of_ipv6_is_one_visitor(rf: RequestFactory) -> None:
    one, two = (network_of(request_of(rf, peer=f"2001:db8:1:2::{end}")) for end in ("1", "ffff"))
    assert one == two == "2001:db8:1:2::/64"
    assert network_of(request_of(rf, peer="2001:db8:1:3::1")) != one


def test_a_peer_without_an_address_is_still_counted(rf: RequestFactory) -> None:
    assert network_of(request_of(rf, peer="")) == "0.0.0.0"


def test_the_log_has_that_address_too(rf: RequestFactory) -> None:
    RequestLog.bind_ip(request_of(rf, "1.2.3.4"))
    assert structlog.contextvars.get_contextvars()["ip"] == "10.0.0.7"
    structlog.contextvars.clear_contextvars()


def test_the_server_leaves_the_peers_address_to_us() -> None:
    from multivio.embedded.home import CHECKOUT  # noqa: PLC0415 - only here

    for name in ("Procfile", "Dockerfile", "multivio/supervisor/plan.py"):
        assert "--no-proxy-headers" in (CHECKOUT / name).read_text(), name
