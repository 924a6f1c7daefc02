import socket
import subprocess
import sys
from collections.abc import Iterator
from subprocess import PIPE

import pytest

from multivio.supervisor import ports
from multivio.supervisor.ports import PortBusy, Ports, choose, claim, take
from multivio.testing.environment import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


class TestPorts:
    def test_the_ports_asked_for_are_used(self) -> None:
        web, sandbox = free_port(), free_port()
        assert choose({"PORT": str(web), "SANDBOX_PORT": str(sandbox)}, sandbox=True) == Ports(web, sandbox)

    def test_the_sandbox_stands_beside_the_web(self) -> None:
        web = next(port for port in range(20000, 30000, 2) if take(port) and take(port + 1))
        assert choose({"PORT": str(web)}, sandbox=True) == Ports(web, web + 1)

    def test_beside_a_port_that_was_asked_for_it_takes_the_next_free_one(self) -> None:
        web = next(port for port in range(20000, 30000, 2) if take(port) and take(port + 1))
        with socket.socket() as listener:
            listener.bind((ports.HOST, web + 1))
            listener.listen()
            assert choose({"PORT": str(web)}, sandbox=True).sandbox in range(web + 2, web + 100)

    def test_a_taken_port_that_was_asked_for_is_an_error(self, taken: int) -> None:
        with pytest.raises(PortBusy, match=f"Port {taken} is taken by another program"):
            choose({"PORT": str(taken)}, sandbox=False)

    def test_a_taken_sandbox_port_names_its_own_variable(self, taken: int) -> None:
        with pytest.raises(PortBusy, match=f"SANDBOX_PORT={taken + 10}"):
            choose({"PORT": str(free_port()), "SANDBOX_PORT": str(taken)}, sandbox=True)

    def test_a_taken_default_gives_way_to_the_next_free_pair(self, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ports, "FIRST", taken)
        monkeypatch.setattr(ports, "LAST", taken + 500)
        chosen = choose({}, sandbox=True)
        assert chosen.web > taken
        assert chosen.sandbox == chosen.web + 1

    @pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
    def test_what_is_no_port_is_refused(self, text: str) -> None:
        with pytest.raises(PortBusy, match="is not a port number"):
            choose({"PORT": text}, sandbox=False)

    @pytest.mark.skipif(sys.platform != "linux", reason="claims need names without files")
    def test_a_port_that_another_supervisor_is_about_to_use_counts_as_taken(self) -> None:
        port = free_port()
        script = f"from multivio.supervisor.ports import claim; print(claim({port}), flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", script], stdin=PIPE, stdout=PIPE, text=True) as other:
            assert other.stdin
            assert other.stdout
            assert other.stdout.readline() == "True\n"
            assert not claim(port)
            other.stdin.write("\n")
        assert claim(port)
