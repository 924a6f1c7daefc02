from sandbox.config import parse
from sandbox.server import serve

serve(parse())
