"""Which apps there are, what each request passes through, and how templates are found."""

from multivio.settings.core import BASE_DIR

INSTALLED_APPS = [
    "multivio",
    "accounts",
    "billing",
    "social",
    "ai",
    "posts",
    "multivio.admin_site.MultivioAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "allauth.socialaccount.providers.google",
    "social.providers.x",
    "social.providers.x_oauth1",
    "social.providers.facebook",
    "social.providers.linkedin",
    "social.providers.tiktok",
    "social.providers.youtube",
    "social.providers.threads",
    "social.providers.instagram",
    "social.providers.instagram_facebook",
    "corsheaders",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "multivio.health.HealthMiddleware",
    "multivio.chunked.ChunkedBodyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "multivio.request_log.RequestLog",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.origin.OriginMiddleware",
    "accounts.refusals.RefusalsMiddleware",
    "accounts.rate_middleware.RatesMiddleware",
    "accounts.signin.sessions.SessionAge",
    "multivio.tenancy.TenantMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
                "posts.context.needs_you",
            ],
            "builtins": ["multivio.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
