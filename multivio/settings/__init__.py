"""All settings, read from the environment; a file for each noun. `manage.py check` says what is missing and what that disables."""

from multivio.settings.ai import *
from multivio.settings.api import *
from multivio.settings.apps import *
from multivio.settings.audit import *
from multivio.settings.billing import *
from multivio.settings.cache import *
from multivio.settings.content_policy import *
from multivio.settings.core import *
from multivio.settings.database import *
from multivio.settings.files import *
from multivio.settings.logs import *
from multivio.settings.mail import *
from multivio.settings.platforms import *
from multivio.settings.publishing import *
from multivio.settings.security import *
from multivio.settings.sign_in import *
