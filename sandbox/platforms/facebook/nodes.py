"""`/{id}`: a Page, person, post, photo, video or comment, whichever has that number."""

from sandbox.calls import Call, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook import accounts, comments, photos, posts, videos


def read(call: Call) -> Reply:
    world, node = call.world, call.path_params["id"]
    if node == "me" or world.accounts.get("facebook", node) is not None:
        return accounts.node(call, call.account.id if node == "me" else node)
    if (post := posts.by_public_id(world, node)) is not None and post["page_id"] == call.account.id:
        return posts.read(call, post)
    if (video := videos.find(world, node)) is not None and video["page_id"] == call.account.id:
        return videos.read(call, video)
    if (comment := comments.find(world, node)) is not None:
        return Reply(200, graph.chosen(comments.described(world, comment), graph.fields(call) or ["message"]))
    if (photo := photos.find(world, node)) is not None and photo["page_id"] == call.account.id:
        every = {"id": node, "alt_text_custom": photo["alt_text"], "width": photo["width"], "height": photo["height"]}
        return Reply(200, graph.chosen(every, graph.fields(call)))
    raise graph.missing(node)


def change(call: Call) -> Reply:
    return posts.edit(call, posts.own(call, call.path_params["id"]))


def remove(call: Call) -> Reply:
    world, node = call.world, call.path_params["id"]
    post = posts.by_public_id(world, node)
    video, photo, comment = videos.find(world, node), photos.find(world, node), comments.find(world, node)
    if post is not None and post["page_id"] == call.account.id:
        posts.remove(world, post["id"])
    elif video is not None and video["page_id"] == call.account.id:
        videos.remove(world, video)
    elif photo is not None and photo["page_id"] == call.account.id:
        photos.remove(world, photo)
    elif comment is not None and comment["account_id"] == call.account.id:
        comments.remove(world, comment)
    else:
        raise graph.missing(node)
    return Reply(200, {"success": True}, effect={"deleted": node})
