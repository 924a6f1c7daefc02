"""Which platforms live in the sandbox, and which other services: Stripe, which takes the money, and Grok."""

from sandbox.platforms.base import Platform, Service
from sandbox.platforms.facebook.platform import Facebook
from sandbox.platforms.instagram.platform import Instagram
from sandbox.platforms.linkedin.platform import LinkedIn
from sandbox.platforms.threads.platform import Threads
from sandbox.platforms.tiktok.platform import TikTok
from sandbox.platforms.x.platform import X
from sandbox.platforms.youtube.platform import YouTube
from sandbox.stripe.service import Stripe
from sandbox.xai.service import Grok

PLATFORMS: tuple[type[Platform], ...] = (X, Facebook, Instagram, LinkedIn, YouTube, TikTok, Threads)
OTHERS: tuple[type[Service], ...] = (Stripe, Grok)
