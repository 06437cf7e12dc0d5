"""A Sphinx extension that puts the notebooks' diagrams into the pages as SVG.

In a notebook a diagram is an image, which every reader of notebooks shows. Within a page it takes
the colours of the page, light or dark, and its words can be selected.
"""

import base64
import re

DRAWING = re.compile(r'<img [^>]*src="data:image/svg\+xml;base64,([^"]+)"[^>]*>')


def inline(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = DRAWING.sub(
            lambda drawing: base64.b64decode(drawing[1]).decode(), context["body"]
        )


def setup(app):
    app.connect("html-page-context", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
