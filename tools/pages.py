"""A Sphinx extension that makes plain notebook Markdown into good pages.

Notebooks hold only what every reader of notebooks renders. What the pages add is added here, when
the book is built: call-outs, the set-up folded away, sizes of figures so that nothing moves while
they load, and a foot that says with what, when and for how long the outputs were made.
"""

import json
import re
import struct
from datetime import date
from pathlib import Path

from docutils import nodes

CALL_OUTS = {"predict", "note", "warning"}
CORNER = re.compile(r'<th class="head[^"]*"><p></p></th>')
STYLE = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')
PIXELS_PER_POINT = 2  # style.use() draws figures for sharp screens, at twice their size


def mark_call_outs(document):
    """Names the kind of a block quote that opens with a bold word."""
    for quote in document.findall(nodes.block_quote):
        opening = quote.next_node(nodes.strong)
        if opening is not None and quote.astext().startswith(opening.astext()):
            kind = opening.astext().strip(".:").lower()
            if kind in CALL_OUTS:
                quote["classes"] += ["call-out", kind]


def fold_set_up(document):
    """Folds the imports away, as a solution is: the page opens with the block, not with them."""
    for cell in document.findall(nodes.container):
        if "tag_setup" in cell["classes"] and not cell.get("hide_mode"):
            cell["hide_mode"] = "input"
            cell["prompt_show"] = cell["prompt_hide"] = "Set-up: the imports of this chapter"


def size_figures(document, folder):
    """Gives each figure its size, so that its place on the page is there before it is."""
    for image in document.findall(nodes.image):
        path = Path(folder, image["uri"])
        if path.suffix == ".png" and path.is_file() and "width" not in image:
            width, height = struct.unpack(">II", path.read_bytes()[16:24])  # the head of a PNG
            image["width"] = f"{width // PIXELS_PER_POINT}px"
            image["height"] = f"{height // PIXELS_PER_POINT}px"


def foot(book):
    """What the metadata that tools/execute.py wrote says, as a sentence."""
    day = date.fromisoformat(book["executed"])
    seconds = book["seconds"]
    return (
        f"This chapter was last run on {day.day} {day:%B %Y}, with Keras {book['keras']} and "
        f"TensorFlow {book['tensorflow']}; after the imports it took {seconds} "
        f"second{'s' * (seconds != 1)}. Its outputs above are from that run."
    )


def add_foot(document, path):
    if path.suffix != ".ipynb":
        return
    book = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("book")
    section = document.next_node(nodes.section)
    if book and section is not None:
        section += nodes.paragraph("", foot(book), classes=["last-run"])


def improve(app, document):
    mark_call_outs(document)
    fold_set_up(document)
    add_foot(document, Path(app.env.doc2path(app.env.docname)))


def size(app, document, docname):
    size_figures(document, app.srcdir)


def finish(app, pagename, templatename, context, doctree):
    if doctree is None:
        context["essence"] = ""
        return
    # The page's first paragraph, for search engines and for whoever is sent its address.
    first = doctree.next_node(nodes.paragraph)
    context["essence"] = " ".join(first.astext().split()) if first is not None else ""
    # A folded solution has a name on the page; the label would hide it from a screen reader.
    context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")
    # The empty corner of a table is no heading.
    context["body"] = CORNER.sub("<td></td>", context["body"])
    # As attributes, sizes tell a browser the proportions too, which it keeps on a phone.
    context["body"] = STYLE.sub(r'width="\1" height="\2"', context["body"])


def setup(app):
    app.connect("doctree-read", improve)
    app.connect("doctree-resolved", size)
    app.connect("html-page-context", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
