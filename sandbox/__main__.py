import warnings

# twitter-text-parser reads its tables through pkg_resources, which newer setuptools grumbles about on stderr.
warnings.filterwarnings("ignore", "pkg_resources is deprecated")

from sandbox.config import parse  # noqa: E402
from sandbox.server import serve  # noqa: E402

serve(parse())
