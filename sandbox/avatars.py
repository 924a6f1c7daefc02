"""Profile pictures: initials on the account's colour, drawn when asked for."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageColor, ImageDraw, ImageFont
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.world import World

FULL = 400
NORMAL = 48


def route(world: World) -> Route:
    """`/avatars/<platform>/<username>_normal.png` is the small form, without `_normal` the large one."""

    async def avatar(request: Request) -> Response:
        name = request.path_params["name"].removesuffix(".png")
        username, is_small = name.removesuffix("_normal"), name.endswith("_normal")
        account = world.accounts.by_username(request.path_params["platform"], username)
        if account is None:
            return Response("not found", 404)
        content = _draw(account.initials, account.avatar_color, NORMAL if is_small else FULL)
        return Response(content, media_type="image/png", headers={"cache-control": "max-age=300"})

    return Route("/avatars/{platform}/{name}", avatar)


@lru_cache(maxsize=256)
def _draw(initials: str, color: str, size: int) -> bytes:
    try:
        background = ImageColor.getrgb(color)
    except ValueError:
        background = (79, 70, 229)
    image = Image.new("RGB", (size, size), background)
    # PNG and not SVG, since products like to download and scale profile pictures.
    font = ImageFont.load_default(size * 0.4)
    ImageDraw.Draw(image).text((size / 2, size / 2), initials, fill="white", font=font, anchor="mm")
    target = BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()
