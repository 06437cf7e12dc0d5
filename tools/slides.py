"""Makes slides of a chapter: reveal.js in one file that needs no network, the script as its notes.

Of the notebook they show headings, formulas, tables, call-outs, code, outputs and exercises; the
prose is for the speaker to say. nbconvert's slides fetch reveal.js from the network; here it comes
from the package sphinx-revealjs and is written into each file.
"""

import re
from html import escape
from importlib.resources import files
from pathlib import Path

import guide
from formulas import mathml
from jinja2 import Template
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

FRAME = Path(__file__).with_name("slides.html")
REVEAL = files("sphinx_revealjs") / "_static/revealjs"
LIBRARY = {
    name: (REVEAL / path).read_text(encoding="utf-8")
    for name, path in {
        "style": "dist/reveal.css",
        "reveal": "dist/reveal.js",
        "notes": "plugin/notes/notes.js",
    }.items()
}
COLORS = HtmlFormatter(style="a11y-high-contrast-light")
MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(
        dollarmath_plugin,
        allow_labels=False,
        renderer=lambda latex, options: mathml(latex, display=options["display_mode"]),
    )
)
MAX_LINES = 14  # of an output
MAX_ABOVE = 6  # lines of code above a figure
MAX_LISTING = 24  # lines of a block's source on one slide
SKIPPED = {"parameters", "setup", "solution", "check"}  # tags
DETAILS = re.compile(r"<details>.*?</details>", re.S)
PIECES = re.compile(
    r"(?P<quote>(?:^>[^\n]*\n?)+)|(?P<table>(?:^\|[^\n]*\n?)+)|(?P<formula>^\$\$.+?\$\$)",
    re.M | re.S,
)
LINK = re.compile(r'href="([\w-]+)\.ipynb[^"]*"')  # of one chapter to another'


def html(markdown):
    return LINK.sub(r'href="\1.html"', MARKDOWN.render(markdown))


def label(heading):
    return MARKDOWN.renderInline(heading)


def pieces(markdown):
    """What of a text stands on slides: pairs of a kind and its HTML."""
    for found in PIECES.finditer(DETAILS.sub("", markdown)):
        yield found.lastgroup, html(found[0])


def short(text):
    lines = text.rstrip().split("\n")
    return "\n".join([*lines[: MAX_LINES - 1], "…"] if len(lines) > MAX_LINES else lines)


def output(cell):
    """The outputs of a cell as HTML."""
    parts = []
    for one in cell.outputs:
        data = one.get("data", {})
        if "image/png" in data:
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            picture = data["image/png"].replace("\n", "")
            parts.append(f'<img alt="{escape(alt)}" src="data:image/png;base64,{picture}">')
        elif "text/html" in data:
            parts.append(data["text/html"])
        else:
            text = one.get("text") or data.get("text/plain", "")
            parts.append(f"<pre class='output'>{escape(short(text))}</pre>")
    return "".join(parts)


def listing(text):
    """A block's source in parts that can be read on a slide, cut at blank lines if it has them."""
    lines = text.rstrip().split("\n")
    while lines:
        end = len(lines)
        if end > MAX_LISTING:
            blank = (n for n in range(MAX_LISTING, MAX_LISTING // 2, -1) if not lines[n])
            end = next(blank, MAX_LISTING)
        yield "\n".join(lines[:end])
        lines = lines[end:]


def code(cell):
    """The slides of a cell: a figure has one of its own, unless its code is short."""
    if cell.outputs and "blocks-source" in cell.outputs[0].get("data", {}).get("text/html", ""):
        parts = listing(cell.outputs[0]["data"]["text/plain"])
        return [("code", highlight(part, PythonLexer(), COLORS)) for part in parts]
    text, shown = highlight(cell.source, PythonLexer(), COLORS), output(cell)
    if "<img" in shown and cell.source.count("\n") >= MAX_ABOVE:
        return [("code", text), ("figure", shown)]
    return [("code", text + shown)]


def exercise(task, minutes):
    """The task of an exercise, without its hint."""
    time = f"<p><strong>{minutes:g} minutes.</strong></p>" if minutes else ""
    return html(DETAILS.sub("", task)) + time


class Deck:
    """The slides as they are made: pairs of a part's number and what is on the slide."""

    def __init__(self):
        self.slides, self.heading, self.part = [], "", 0

    def add(self, body, *, kind=""):
        self.slides.append({"heading": self.heading, "body": body, "kind": kind, "part": self.part})

    def open(self, heading):
        """A new section: its first formula, table or call-out joins its heading."""
        self.heading = label(heading)
        self.add("", kind="section")

    def show(self, body, *, kind=""):
        last = self.slides[-1]
        if last["kind"] == "section" and not last["body"]:
            last["body"] = body
        else:
            self.add(body, kind=kind)


def slides(notebook, page):
    """The slides of a notebook as the text of one HTML file."""
    taught = guide.parts(notebook, page) if page else [None] * len(notebook.cells)
    script = page.script if page else []
    remarks = [html(notes(page, number)) for number in range(len(script))]
    numbers = {part.heading: number for number, part in enumerate(script)}
    each = iter(notebook.metadata.get("book", {}).get("minutes", {}).get("exercises", []))
    asked = guide.asked_after(page) if page else None
    deck, waiting, number = Deck(), False, 0

    def ask():
        deck.heading = guide.DIAGNOSTIC
        deck.add(html(question(page)), kind="question")

    for part, cell in zip(taught, notebook.cells):
        number = script.index(part) if part else None
        if waiting and number != deck.part:
            ask()
            waiting = False
        waiting = waiting or bool(part and part.heading == asked)
        if cell.cell_type == "code":
            deck.part = number
            if not SKIPPED & set(guide.tags(cell)):
                for kind, body in code(cell):
                    deck.show(body, kind=kind)
            continue
        for text in re.split(r"^(?=#{1,3} )", cell.source, flags=re.M):
            heading, _, rest = text.partition("\n") if text.startswith("#") else ("", "", text)
            title = heading.lstrip("# ")
            if title in numbers:  # a cell may hold the whole of a part, and the next heading too
                deck.part = numbers[title]
            elif heading.startswith("## ") or title and number is None:
                deck.part = None
            if heading.startswith("# "):
                deck.heading = label(title)
                deck.add(html(rest.partition("**It takes**")[0]), kind="title")
            elif title.startswith("Exercise "):
                deck.heading = label(title)
                deck.add(exercise(rest, next(each, 0)), kind="exercise")
            elif title == "Recap":
                deck.heading = title
                deck.add(html(rest), kind="recap")
            elif "**You will be able to**" in text:
                deck.add(html(text.partition("**It takes**")[0]), kind="outcomes")
            elif title != "Exercises":
                if title:
                    deck.open(title)
                for kind, body in pieces(rest):
                    deck.show(body, kind=kind)
        deck.part = number
    if waiting:
        ask()
    return Template(FRAME.read_text(encoding="utf-8")).render(
        title=guide.headings(notebook.cells[0])[0].replace("`", ""),
        slides=deck.slides,
        notes=remarks,
        library=LIBRARY,
        colors=COLORS.get_style_defs(".highlight"),
    )


def question(page):
    """The diagnostic question as learners see it: without the first line and the table."""
    text = page.sections[guide.DIAGNOSTIC].partition("\n\n|")[0]
    first, _, rest = text.partition("\n\n")
    return rest.partition("\n\n|")[0] or first


def notes(page, number):
    """What the speaker sees beside the slides of one part of the script, in Markdown."""
    part = page.script[number]
    said = [f"**{part.heading}, {part.minutes:g} minutes**", part.notes]
    if number == 0:
        said.insert(0, page.summary)
    if part.heading == guide.asked_after(page):
        said += [f"**{guide.DIAGNOSTIC}**", page.sections[guide.DIAGNOSTIC]]
    return "\n\n".join(said)
