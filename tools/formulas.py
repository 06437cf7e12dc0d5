"""A Sphinx extension that turns formulas into MathML when the book is built.

Browsers, e-readers and screen readers know MathML, so a page needs no script for its formulas and
does not move when they arrive. The font that draws them is in _static/fonts.css.
"""

import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

CONVERTER = LatexToMathML(xml_namespace=True)
# XHTML, in which an EPUB is written, knows no other named characters than these.
ENTITY = re.compile(r"&(?!lt;|gt;|amp;|quot;)(\w+);")
NAMED = {"ApplyFunction": "\u2061", "InvisibleTimes": "\u2062", "nbsp": "\u00a0"}


def mathml(latex, *, display=False):
    """The formula as MathML; raises LatexError for what is not LaTeX."""
    text = CONVERTER.convert_with_local_state(latex, displaystyle=display)
    return ENTITY.sub(lambda entity: NAMED[entity[1]], text)


def write(translator, node, display):
    try:
        text = mathml(node.astext(), display=display)
    except LatexError as error:
        logging.getLogger(__name__).warning("formula: %s", error, location=node)
        text = f"<code>{translator.encode(node.astext())}</code>"
    if display:
        # The theme's script lets the keyboard scroll what has the second class and is too wide.
        text = f'<div class="math pst-scrollable-table-container">{text}</div>'
    translator.body.append(text)
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(lambda translator, node: write(translator, node, False), None),
        block_renderers=(lambda translator, node: write(translator, node, True), None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
