"""Switches of the world's behaviour, changed over the control API and kept across restarts."""

import json
from typing import Any

from sandbox.store import Store

Value = bool | int | float | str

DEFAULTS: dict[str, Value] = {
    "api_delay_ms": 0,
    "rate_limits": True,
    "visibility_delay_seconds": 0.0,
    "video_processing_seconds": 2.0,
    "video_fails": False,
    "duplicate_filter": True,
}


class UnknownSetting(ValueError):
    """The name is unknown or the value has another type or is not one of the choices."""


class Settings:
    def __init__(self, store: Store, defaults: dict[str, Value], choices: dict[str, tuple[str, ...]]) -> None:
        self._store = store
        self._defaults = DEFAULTS | defaults
        self._choices = choices
        self.values: dict[str, Any] = self._defaults | json.loads(store.get_meta("settings", "{}"))

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def update(self, changes: dict[str, Any]) -> None:
        """Change several at once or none; raises UnknownSetting."""
        self._save(self.values | {name: self._checked(name, value) for name, value in changes.items()})

    def reset(self) -> None:
        self._save(dict(self._defaults))

    def _save(self, values: dict[str, Any]) -> None:
        self.values = values
        changed = {name: value for name, value in values.items() if value != self._defaults.get(name)}
        self._store.set_meta("settings", json.dumps(changed))

    def _checked(self, name: str, value: Any) -> Value:
        default = self._defaults.get(name)
        if default is None:
            raise UnknownSetting(f"There is no setting {name!r}.")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(default, int | float) and not isinstance(default, bool) and is_number:
            return type(default)(value)
        if type(value) is not type(default):
            raise UnknownSetting(f"{name} must be a {type(default).__name__}.")
        if name in self._choices and value not in self._choices[name]:
            raise UnknownSetting(f"{name} must be one of {', '.join(self._choices[name])}.")
        checked: Value = value
        return checked
