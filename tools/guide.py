"""Reads the teacher's pages in teaching/: the one source of every note that the kit shows.

tests/test_programme.py holds a page against its chapter; its format is in CONTRIBUTING.md.
"""

import itertools
import re
from pathlib import Path
from typing import NamedTuple

import nbformat

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS, TEACHING = ROOT / "chapters", ROOT / "teaching"
OPENING = "Opening"
DIAGNOSTIC = "Diagnostic question"
HEADING = re.compile(r"^(#{1,3}) (.+)$", re.M)
TYPE = re.compile(r"\*\*Type\.\*\*(.*?)(?=\*\*(?:Say|Type|Show|Ask|Pause)\.\*\*|\n- |\Z)", re.S)
KEPT = {"parameters", "setup", "solution", "check"}  # tags of cells that nobody types


class Part(NamedTuple):
    """One part of the script."""

    heading: str  # "Opening", or a heading of the notebook
    minutes: float
    notes: str  # a list in Markdown: what to say, type, show and ask


class Page(NamedTuple):
    """What one page says."""

    summary: str  # what stands before its first section: the aim, what learners must know
    sections: dict  # the text of each section by its heading
    script: list  # of parts

    @property
    def minutes(self):
        return sum(part.minutes for part in self.script)


def parse(text):
    """A page from its Markdown."""
    summary, *rest = re.split(r"^## (.+)$", text, flags=re.M)
    sections = {title.strip(): body.strip() for title, body in zip(rest[::2], rest[1::2])}
    script = re.split(r"^### (.+?) \(([\d.]+) minutes?\)$", sections.get("Script", ""), flags=re.M)
    parts = zip(script[1::3], script[2::3], script[3::3])
    return Page(
        summary=re.sub(r"\A# .+\n", "", summary).strip(),
        sections=sections,
        script=[Part(heading, float(minutes), notes.strip()) for heading, minutes, notes in parts],
    )


def page(chapter):
    """The page of a chapter, or None while there is none."""
    path = TEACHING / f"{chapter}.md"
    return parse(path.read_text(encoding="utf-8")) if path.is_file() else None


def read(chapter):
    """The notebook of a chapter and its page."""
    return nbformat.read(CHAPTERS / f"{chapter}.ipynb", as_version=4), page(chapter)


def levels(cell):
    """The headings in a cell, outside of fenced code: pairs of a level and a title."""
    if cell.cell_type != "markdown":
        return []
    prose = re.sub(r"^(```+).*?^\1", "", cell.source, flags=re.M | re.S)
    return [(len(marks), title) for marks, title in HEADING.findall(prose)]


def headings(cell):
    return [title for _, title in levels(cell)]


def parts(notebook, page):
    """For each cell, the part of the script that it is taught in, or None.

    A part lasts until the next heading that the script names, or one of its own level or above: a
    section that the script leaves out is not taught.
    """
    named = {part.heading: part for part in page.script}
    current, depth, found = named.get(OPENING), 1, []
    for cell in notebook.cells:
        for level, heading in levels(cell):
            if heading in named:
                current, depth = named[heading], level
            elif level <= depth or depth == 1 < level:
                current = None
        if not found:
            current = named.get(OPENING)  # the title is no part's heading
        found.append(current)
    return found


def asked_after(page):
    """The heading of the part after which the diagnostic question is asked."""
    opening = page.sections.get(DIAGNOSTIC, "").partition("\n")[0]
    names = [part.heading for part in page.script]
    named = [name for name in names if f"*{name}*" in opening] or [
        name for name in names if name in opening
    ]
    return max(named or names[:1], key=len)


def typed(notebook, page):
    """What the script tells the teacher to type: pieces of code, by the place of their cell.

    After **Type.** stands code; the cell meant is the first of the part with that code in it.
    """
    taught, found = parts(notebook, page), {}
    for part in page.script:
        code = [
            place
            for place, cell in enumerate(notebook.cells)
            if taught[place] is part and cell.cell_type == "code" and not KEPT & set(tags(cell))
        ]
        for said in TYPE.findall(part.notes):
            for snippet in re.findall(r"`([^`]+)`", said):
                holds = (n for n in code if plain(snippet) in plain(notebook.cells[n].source))
                for place in itertools.islice(holds, 1):
                    found.setdefault(place, []).append(snippet)
    return found


def tags(cell):
    return cell.metadata.get("tags", [])


def plain(code):
    """Code without its white space."""
    return re.sub(r"\s+", "", code)
