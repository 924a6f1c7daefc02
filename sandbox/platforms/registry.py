"""Which platforms live in the sandbox."""

from sandbox.platforms.base import Platform
from sandbox.platforms.facebook.platform import Facebook
from sandbox.platforms.instagram.platform import Instagram
from sandbox.platforms.x.platform import X

PLATFORMS: tuple[type[Platform], ...] = (X, Facebook, Instagram)
