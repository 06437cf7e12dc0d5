"""A Sphinx extension that lets the search find the words of the book, from a server or from files.

Sphinx indexes all that stands on a page. Outputs, drawings, LaTeX and numbers, years aside, are
left out here: no one looks for their fragments. For the excerpts under the results Sphinx's
script fetches whole pages, which browsers forbid for files: each page's text is written as a
script too, for _templates/search.html to load.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.search.en import SearchEnglish

FOLDER = "_texts"


class Words(SearchEnglish):
    """English, and of what begins with a digit what may be a year."""

    def word_filter(self, word):
        number = re.match(r"\d", word) and not re.fullmatch(r"(19|20)\d\d", word)
        return not number and super().word_filter(word)


def is_output(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_output"


def words_only(doctree):
    """The page without what no one looks for; short formulas stay as text."""
    doctree = doctree.deepcopy()
    for node in [*doctree.findall(nodes.raw), *doctree.findall(is_output)]:
        if node.parent is not None:
            node.parent.remove(node)
    for formula in [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]:
        text = formula.astext()
        formula.parent.replace(formula, nodes.Text("…" if "\\" in text else text))
    return doctree


def texts(doctree):
    """The text of each section and definition, without its title and its parts, by its anchor."""
    found = {}
    for section in doctree.findall(nodes.section):
        parts = [child.astext() for child in section[1:] if not isinstance(child, nodes.section)]
        found[f"#{section['ids'][0]}"] = " ".join(" ".join(parts).split())
    for term in doctree.findall(nodes.term):
        for anchor in term["ids"]:
            found[f"#{anchor}"] = " ".join(term.parent.astext().split())
    return found


def attach(app):
    if app.builder.name != "html":
        return
    index_page = app.builder.index_page

    def index_words(pagename, doctree, title):
        words = words_only(doctree)
        index_page(pagename, words, title)
        path = Path(app.outdir, FOLDER, f"{pagename}.js")
        path.parent.mkdir(parents=True, exist_ok=True)
        entry = f"bookTexts[{json.dumps(pagename)}] = {json.dumps(texts(words))};\n"
        path.write_text(entry, encoding="utf-8")

    app.builder.index_page = index_words


def setup(app):
    app.add_search_language(Words)
    app.connect("builder-inited", attach)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
