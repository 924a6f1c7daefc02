"""Media that Facebook fetches by itself, with what it says when there is none."""

from sandbox.calls import Call, Problem
from sandbox.platforms import graph, pulls


async def fetch(call: Call, address: str, *, kind: str) -> None:
    """Bring the media at the address to disk as the call's upload."""
    try:
        await pulls.bring(call, address, kind=kind)
    except pulls.Unfetchable as error:
        message = f"Missing or invalid media file: {error}"
        raise Problem(
            graph.error(100, message, subcode=2069019, user="The media could not be fetched from its address.")
        ) from None
