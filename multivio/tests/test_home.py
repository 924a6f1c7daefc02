import os
import stat
from pathlib import Path

import pytest

from multivio.embedded.home import Home, HomeUnusable, chosen_home, fits, traversable, usable

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestWhereAHomeIs:
    def test_a_short_open_path_is_taken_as_it_is(self) -> None:
        assert usable(Path("/srv/multivio/.data")) == Path("/srv/multivio/.data")

    def test_a_path_too_long_for_a_socket_moves_to_var_tmp(self) -> None:
        long = Path("/srv") / ("x" * 90)
        home = usable(long)
        assert home.parent == Path("/var/tmp")
        assert home.name.startswith(f"multivio-{os.geteuid()}-")
        assert fits(home)

    def test_the_length_is_counted_in_bytes(self) -> None:
        assert fits(Path("/srv") / ("x" * 75))
        assert not fits(Path("/srv") / ("é" * 75))

    def test_two_checkouts_get_two_homes(self) -> None:
        assert usable(Path("/srv") / ("x" * 90)) != usable(Path("/srv") / ("y" * 90))

    def test_the_same_checkout_gets_the_same_home_again(self) -> None:
        assert usable(Path("/srv") / ("x" * 90)) == usable(Path("/srv") / ("x" * 90))

    def test_multivio_home_decides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MULTIVIO_HOME", "/srv/elsewhere")
        assert chosen_home() == Path("/srv/elsewhere")

    @as_root
    def test_root_leaves_a_folder_that_nobody_cannot_reach(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        assert not traversable(tmp_path / ".data")
        assert usable(tmp_path / ".data").parent == Path("/var/tmp")


class TestWhatAHomeKeeps:
    def test_its_state_is_readable_by_its_owner_only(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "home")
        home.make()
        home.write(password="x")
        assert mode(home.state_file) == 0o600

    def test_writing_keeps_what_was_there(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        home.write(first=1)
        home.write(second=2)
        assert home.read() == {"first": 1, "second": 2}

    def test_a_damaged_state_reads_as_empty(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        home.state_file.write_text("{")
        assert home.read() == {}

    def test_others_cannot_look_into_it(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "home")
        home.make()
        assert mode(home.path) == (0o711 if os.geteuid() == 0 else 0o700)

    def test_only_one_process_holds_its_lock(self, tmp_path: Path) -> None:
        first, second = Home(tmp_path), Home(tmp_path)
        assert first.lock()
        assert not second.lock()
        first.unlock()
        assert second.lock()
        second.unlock()

    def test_a_link_that_somebody_laid_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "target").mkdir()
        (tmp_path / "home").symlink_to(tmp_path / "target")
        with pytest.raises(HomeUnusable, match="belongs to another user"):
            Home(tmp_path / "home").make()

    @as_root
    def test_a_folder_of_another_user_is_refused(self, tmp_path: Path) -> None:
        os.chown(tmp_path, 65534, 65534)
        with pytest.raises(HomeUnusable, match="belongs to another user"):
            Home(tmp_path).make()
