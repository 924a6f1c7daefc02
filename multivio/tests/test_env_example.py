import re

from multivio.embedded.home import CHECKOUT

# Set by the product itself or by tests, never by a person.
INTERNAL = {"MULTIVIO_DB_ROLE", "MULTIVIO_IGNORE_LOCAL", "PUBLISH_FAILPOINT"}
# Read outside the settings: by prepare_database, by compose.yaml and by `manage.py up`.
ELSEWHERE = {
    "DATABASE_ADMIN_URL",
    "OWNER_PASSWORD",
    "APP_PASSWORD",
    "SYSTEM_PASSWORD",
    "REDIS_PASSWORD",
    "MULTIVIO_HOME",
}


def in_settings() -> set[str]:
    source = "".join(path.read_text() for path in (CHECKOUT / "multivio" / "settings").glob("*.py"))
    return set(re.findall(r'\benv\.\w+\(\s*"([A-Z0-9_]+)"', source))


def in_example() -> list[str]:
    source = (CHECKOUT / ".env.example").read_text()
    return re.findall(r"^#?([A-Z][A-Z0-9_]*)=", source, re.MULTILINE)


class TestEnvExample:
    def test_it_names_every_variable_the_settings_read(self) -> None:
        assert in_settings() - INTERNAL - set(in_example()) == set()

    def test_it_names_no_other(self) -> None:
        assert set(in_example()) - in_settings() - ELSEWHERE == set()

    def test_it_names_each_once(self) -> None:
        assert len(in_example()) == len(set(in_example()))

    def test_compose_needs_no_variable_that_it_does_not_name(self) -> None:
        needed = set(re.findall(r"\$\{([A-Z_]+)[:}]", (CHECKOUT / "compose.yaml").read_text()))
        assert needed - set(in_example()) == set()
