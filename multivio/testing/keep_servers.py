"""`make test-servers`: keep servers for tests running in a terminal, for quick single tests in another."""

import signal
import sys

from multivio.embedded.servers import Servers, ephemeral_home


def main() -> None:
    home = ephemeral_home()
    with Servers(home, ephemeral=True) as servers:
        home.write(env=servers.environment())
        sys.stdout.write("Servers for tests are running; Ctrl-C ends them. In another terminal:\n")
        sys.stdout.write(f"  export MULTIVIO_TEST_HOME={home.path}\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


if __name__ == "__main__":
    # Blocked before the servers start, so that a signal is waited for and never cuts the clean-up short.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    main()
