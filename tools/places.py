"""A Sphinx extension that tells the pages of reference where the chapters speak of what they list.

The glossary, the bibliography and the table of chapters are written by hand as far as they are
knowledge; the places, minutes and seconds in them are read from the notebooks when the book is
built, so that they stay true. So are the links between the blocks and the chapters.
"""

import functools
import json
import re
from pathlib import Path
from typing import NamedTuple

CODE = re.compile(r"^(```+).*?^\1|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\[([^\]]+)\]\(((?:[^()\s]|\([^()\s]*\))+)\)")
NAME = re.compile(r'<span class="(?:n|nc|nf)">(\w+)</span>')


class Place(NamedTuple):
    """A heading of a chapter and the Markdown that stands under it."""

    anchor: str
    heading: str
    text: str


class Chapter:
    """What the pages of reference need to know of a notebook."""

    def __init__(self, docname, path):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook["cells"]
        self.docname, self.file, self.name = docname, f"{docname}.ipynb", path.stem
        self.code = "\n".join(source(cell) for cell in cells if cell["cell_type"] == "code")
        self.text = "\n\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
        self.title = self.text.splitlines()[0].removeprefix("# ")
        self.book = notebook["metadata"].get("book", {})  # see tools/execute.py
        self.seconds = self.book.get("seconds")

    @functools.cached_property
    def places(self):
        parts = re.split(r"^##+ (.+)$", self.text, flags=re.M)
        places = [Place("", self.title, parts[0])]
        for heading, text in zip(parts[1::2], parts[2::2]):
            places.append(Place(slug(heading), heading, text))
        return places

    @property
    def minutes(self):
        found = re.search(r"\*\*It takes\*\* (?:about )?(\d+) minutes", self.text)
        return found and int(found[1])

    @property
    def needs(self):
        """What stands after "You need", with its links as from a page at the root."""
        found = re.search(r"\*\*You need\*\*(.+?)\.(?=\s|$)", self.text, flags=re.S)
        text = " ".join(found[1].split()) if found else ""
        return re.sub(r"\]\((?=[\w-]+\.ipynb)", "](chapters/", text)

    @property
    def addresses(self):
        return {address for _, address in LINK.findall(CODE.sub(" ", self.text))}

    def link(self, place=None):
        if place is None or not place.anchor:
            return f"[{self.title}]({self.file})"
        return f"[{self.title}: {place.heading}]({self.file}#{place.anchor})"


def source(cell):
    return "".join(cell["source"])


def slug(heading):
    """The anchor of a heading, as myst_heading_anchors makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def chapters(app):
    """Every notebook in the order of the table of contents; the page being read depends on each."""
    found = []
    for docname in app.config.external_site_map:
        path = Path(app.env.doc2path(docname))
        if path.suffix == ".ipynb":
            app.env.note_dependency(path)
            found.append(Chapter(docname, path))
    return found


def glossary(text, book):
    """After each definition, a link to the first place where a chapter has the term in bold.

    What no chapter has is left out, here and in the bibliography.
    """

    def complete(entry):
        bold = re.compile(rf"\*\*{re.escape(entry['term'])}\*\*", re.I)
        for chapter in book:
            for place in chapter.places:
                if bold.search(CODE.sub(" ", place.text)):
                    return f"{entry[0]} {chapter.link(place)}"
        return ""

    return re.sub(r"^(?P<term>\S.*)(?:\n  \S.*)+$", complete, text, flags=re.M)


def bibliography(text, book):
    """After each reference, links to the chapters that name its address."""

    def complete(entry):
        address = LINK.findall(entry[0])[-1][1]
        places = [chapter.link() for chapter in book if address in chapter.addresses]
        return f"{entry[0]} In {', '.join(places)}.\n" if places else ""

    return re.sub(r"^- .+\n", complete, text, flags=re.M)


def table(book):
    """A row for each chapter: what it needs, the minutes to read it, the seconds to run it."""
    rows = ["| Chapter | You need | Minutes to read | Seconds to run |", "|---|---|--:|--:|"]
    for chapter in book:
        cells = [chapter.link(), chapter.needs, chapter.minutes, chapter.seconds]
        rows.append(f"| {' | '.join(str(cell or '–') for cell in cells)} |")
    known = [chapter.minutes for chapter in book if chapter.minutes]
    rows.append(f"| **All {len(book)} chapters** | | **{sum(known)}** | |")
    return "\n".join(rows)


def complete_page(app, docname, content):
    if docname == "glossary":
        content[0] = glossary(content[0], chapters(app))
    elif docname == "bibliography":
        content[0] = bibliography(content[0], chapters(app))
    elif "<!-- table of chapters -->" in content[0]:
        content[0] = content[0].replace("<!-- table of chapters -->", table(chapters(app)))


def link_blocks(app, pagename, templatename, context, doctree):
    """In a chapter's code, makes each name of `blocks` a link to its documentation."""
    if not pagename.startswith("chapters/"):
        return
    objects = app.env.get_domain("py").objects
    names = {name.rpartition(".")[2]: entry for name, entry in objects.items()}

    def link(match):
        if match[1] not in names:
            return match[0]
        entry = names[match[1]]
        target = f"{context['pathto'](entry.docname)}#{entry.node_id}"
        return f'<a class="block-link" href="{target}">{match[0]}</a>'

    context["body"] = NAME.sub(link, context["body"])


def setup(app):
    app.connect("source-read", complete_page)
    app.connect("html-page-context", link_blocks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
