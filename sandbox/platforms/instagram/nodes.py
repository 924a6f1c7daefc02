"""`/{id}`: an account, a container, a post or a comment, whichever has that number."""

from sandbox.calls import Call, Reply
from sandbox.platforms import containers, graph
from sandbox.platforms.instagram import accounts, comments, making, posts


def read(call: Call) -> Reply:
    world, node = call.world, call.path_params["id"]
    if node in ("me", call.account.id):
        return accounts.node(call, call.account.id)
    container = containers.own(call, node)
    if container is not None:
        return making.read(call, container)
    comment = world.store.one("select * from ig_comment where id = ? and deleted_at is null", [node])
    if comment is not None:
        return Reply(200, graph.chosen(comments.described(world, comment), graph.fields(call) or ["text"]))
    row = posts.own(call, node)
    return Reply(200, graph.chosen(posts.described(world, row), graph.fields(call)))


def operation(call: Call) -> str:
    """Polling a container has a name of its own."""
    node = call.path_params.get("id", "")
    return "container" if containers.find(call.world, "instagram", node) is not None else "node"
