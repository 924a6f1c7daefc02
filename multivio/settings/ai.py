"""AI: Grok, or anything that speaks OpenAI's chat completions."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from multivio.settings.core import SANDBOX, SANDBOX_URL, env


def spoken_at(url: str) -> str:
    """xAI, and the sandbox of it, are asked in xAI's own way; everybody else in chat completions."""
    is_xai = f".{urlsplit(url).hostname}".endswith(".x.ai") or url.startswith(f"{SANDBOX_URL}/")
    return "responses" if is_xai else "chat"


XAI_ON_SANDBOX = SANDBOX and not env.str("XAI_API_KEY", "") and not env.str("XAI_BASE_URL", "")
XAI_API_KEY = env.str("XAI_API_KEY", "sandbox-xai-key" if XAI_ON_SANDBOX else "")
XAI_BASE_URL = env.str("XAI_BASE_URL", f"{SANDBOX_URL}/xai/v1" if XAI_ON_SANDBOX else "https://api.x.ai/v1").rstrip("/")
XAI_API = env.str("XAI_API", "") or spoken_at(XAI_BASE_URL)
if XAI_API not in {"responses", "chat"}:
    raise ImproperlyConfigured(f"XAI_API is {XAI_API!r}. Set it to responses or to chat, or leave it out.")
# A model at home (Ollama) needs no key, only an address.
AI_ENABLED = bool(XAI_API_KEY or env.str("XAI_BASE_URL", ""))
XAI_MODEL_TEXT = env.str("XAI_MODEL_TEXT", "grok-4.3")
XAI_MODEL_FALLBACKS = env.list("XAI_MODEL_FALLBACKS", default=["grok-4.5"])  # asked in turn when the first is not there
XAI_MODEL_IMAGE = env.str("XAI_MODEL_IMAGE", "grok-imagine-image-2.0")
XAI_EFFORT = env.str("XAI_EFFORT", "none")  # of reasoning; empty: not sent, for services that do not know it
AI_CONNECT_SECONDS = env.float("AI_CONNECT_SECONDS", 5.0)
AI_READ_SECONDS = env.float("AI_READ_SECONDS", 30.0)  # of one silence
AI_TOTAL_SECONDS = env.float("AI_TOTAL_SECONDS", 120.0)
# Dollars for a million tokens, in case the service does not say what a call cost: model=in/cached/out.
AI_PRICES = env.list("AI_PRICES", default=["grok-4.3=1.25/0.20/2.50", "grok-4.5=2.00/0.50/6.00", "*=2.00/0.50/6.00"])
AI_IMAGE_USD = env.float("AI_IMAGE_USD", 0.02)
AI_CREDIT_USD = env.float("AI_CREDIT_USD", 0.001)  # what one credit pays for
AI_MONTHLY_CREDITS = env.int("AI_MONTHLY_CREDITS", 2000)  # of a workspace; it stops there
AI_KEEP_DAYS = env.int("AI_KEEP_DAYS", 90)  # how long the words of generations are kept; their cost stays. 0: for ever
