"""`/{id}`: a profile, a container or a post, whichever has that number."""

from sandbox.calls import Call, Reply
from sandbox.platforms import containers, graph
from sandbox.platforms.threads import making, posts, publishing


def name(call: Call) -> str:
    """Looking at a container is an operation of its own."""
    return "container_status" if containers.find(call.world, call.platform, call.path_params["id"]) else "node"


def me(call: Call) -> Reply:
    """https://developers.facebook.com/docs/threads/threads-profiles"""
    found = call.account
    every = {
        "id": found.id,
        "username": found.username,
        "name": found.name,
        "threads_profile_picture_url": f"{call.world.base_url}/avatars/threads/{found.username}.png",
        "threads_biography": f"{found.name} in the sandbox.",
        "is_verified": False,
    }
    return Reply(200, graph.chosen(every, graph.fields(call)))


def read(call: Call) -> Reply:
    node = call.path_params["id"]
    if node == call.account.id:
        return me(call)
    container = containers.own(call, node)
    if container is not None:
        return making.described(call, container)
    row = posts.find(call.world, node)
    if row is None:
        raise graph.missing(node)
    return posts.read(call, row)


def replies(call: Call) -> Reply:
    """Of the profile: what it replied anywhere. Of a post: what was replied to it."""
    return posts.replies(call) if call.path_params["id"] in ("me", call.account.id) else posts.under(call)


def repost(call: Call) -> Reply:
    """https://developers.facebook.com/docs/threads/posts/reposts. It shows nowhere here but in the ledger."""
    row = posts.find(call.world, call.path_params["id"])
    if row is None:
        raise publishing.missing_media()
    return Reply(200, {"id": str(call.world.ids.next())}, effect={"reposted": str(row["id"])})


def remove(call: Call) -> Reply:
    """https://developers.facebook.com/docs/threads/posts/delete-posts"""
    row = posts.own(call, call.path_params["id"])
    publishing.check_quota(call, "deletes")
    posts.remove(call.world, row["id"])
    return Reply(200, {"success": True, "deleted_id": str(row["id"])}, effect={"deleted": str(row["id"])})
