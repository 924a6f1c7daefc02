"""Static files under hashed names, our ES modules included."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django can rewrite `import "./x.js";` to the hashed name, but its switch covers every script collected, and one of
# django-htmx's has an import in a comment that points nowhere. So the rules are taken for our own folder only. They sit
# in a private name: multivio/tests/test_storage.py notices when it moves.
_, _MODULE_RULES = HashedFilesMixin._js_module_import_aggregation_patterns  # type: ignore[attr-defined]
OUR_MODULES = "js/*.js"


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Compressed files with the hash of their content in the name, so that they can be cached for ever."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, (OUR_MODULES, _MODULE_RULES))
