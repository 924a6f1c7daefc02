"""From HTML to the text that people see of it.

Python's own parser takes minutes, and the whole process with it, for a few kilobytes that were made for that; libxml2 does not.
"""

from lxml import etree

LONGEST_TITLE = 300
SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "nav", "footer", "form", "iframe", "select", "head"}
)
BLOCKS = frozenset(
    {"p", "div", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "section", "article", "blockquote"}
)


def read_html(html: str) -> tuple[str, str]:
    """The title, and the text: what is not hidden, as far as markup says."""
    root = tree_of(html)
    if root is None:
        return "", ""
    words: list[str] = []
    hidden = 0  # how deep in what is not seen
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if hidden or _is_hidden(node):
                hidden += 1
            else:
                words += ["\n" if node.tag in BLOCKS else "", node.text or ""]
            continue
        if hidden:
            hidden -= 1
        elif node.tag in BLOCKS:
            words.append("\n")
        if not hidden:
            words.append(node.tail or "")
    lines = (" ".join(line.split()) for line in "".join(words).splitlines())
    title = " ".join((root.findtext(".//title") or "").split())[:LONGEST_TITLE]
    return title, "\n".join(line for line in lines if line)


def tree_of(html: str) -> etree._Element | None:
    """The elements of a page; None where it has none. Nothing is fetched for it."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _is_hidden(node: etree._Element) -> bool:
    style = node.get("style", "").replace(" ", "").lower()
    return (
        node.tag in SILENT
        or "hidden" in node.attrib
        or node.get("aria-hidden") == "true"
        or "display:none" in style
        or "visibility:hidden" in style
    )
