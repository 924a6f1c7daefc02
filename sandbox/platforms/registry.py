"""Which platforms live in the sandbox."""

from sandbox.platforms.base import Platform
from sandbox.platforms.x.platform import X

PLATFORMS: tuple[type[Platform], ...] = (X,)
