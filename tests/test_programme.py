"""The minutes of the chapters: the teacher's pages, the notebooks and the programmes agree."""

import copy
import math
import re
from types import SimpleNamespace

import guide
import nbformat
import programme
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from places import Chapter
from test_book import NOTEBOOKS

NAMES = [path.stem for path in NOTEBOOKS]


def exercises(notebook):
    titles = [title for cell in notebook.cells for title in guide.headings(cell)]
    return [title for title in titles if title.startswith("Exercise ")]


def disagreements(notebook, page):
    """What the metadata, the chapter's text and the teacher's page say differently."""
    book = notebook.metadata.get("book", {})
    minutes = book.get("minutes")
    if not minutes:
        yield "the metadata has no book.minutes"
        return
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    read = re.search(r"\*\*It takes\*\* (?:about )?(\d+) minutes", text)
    if not read or int(read[1]) != minutes["read"]:
        yield f"`It takes` says {read and read[1]} minutes to read, the metadata {minutes['read']}"
    if len(minutes["exercises"]) != len(exercises(notebook)):
        yield f"{len(minutes['exercises'])} minutes for {len(exercises(notebook))} exercises"
    seconds, run = book.get("seconds", 0), minutes["run"]
    if not run - 1 < seconds / 60 <= run or run % 0.5:
        yield f"it ran for {seconds} s, the metadata says {run} minutes, in halves, rounded up"
    if page is None:
        yield "there is no teacher's page"
        return
    if page.minutes != minutes["explain"]:
        yield f"the script takes {page.minutes:g} minutes, the metadata says {minutes['explain']}"
    if [part.heading for part in page.script][:1] != [guide.OPENING]:
        yield "the script does not begin with the opening"
    titles = [title for cell in notebook.cells for title in guide.headings(cell)]
    places = [titles.index(part.heading) for part in page.script[1:] if part.heading in titles]
    for part in page.script[1:]:
        if part.heading not in titles:
            yield f"{part.heading!r} is no heading of the notebook"
    if places != sorted(places):
        yield "the script is not in the notebook's order"
    for title in (guide.DIAGNOSTIC, "Script", "When you are late", "On a slow machine"):
        if not page.sections.get(title):
            yield f"the page has no section {title!r}"
    unread = re.findall(r"^### .+", page.sections.get("Script", ""), flags=re.M)
    if len(unread) != len(page.script):
        yield f"not every part of the script has its minutes: {unread}"


@pytest.mark.parametrize("name", NAMES)
def test_chapter_and_its_page_agree(name):
    notebook = nbformat.read(guide.CHAPTERS / f"{name}.ipynb", as_version=4)
    complaints = list(disagreements(notebook, guide.page(name)))
    assert not complaints, "\n" + "\n".join(complaints)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_script_says_to_type_is_in_the_chapter(name):
    notebook, page = guide.read(name)
    assert page, "there is no teacher's page"
    taught = guide.parts(notebook, page)
    for part in page.script:
        cells = [cell for cell, here in zip(notebook.cells, taught) if here is part]
        code = "".join(cell.source for cell in cells if cell.cell_type == "code")
        for said in guide.TYPE.findall(part.notes):
            snippets = re.findall(r"`([^`]+)`", said)
            assert any(guide.plain(snippet) in guide.plain(code) for snippet in snippets), said


def test_every_page_belongs_to_a_chapter():
    general = {"index", "learners", "survey"}
    assert {path.stem for path in guide.TEACHING.glob("*.md")} - general == set(NAMES)


# ------------------------------------------------------------------ each disagreement can be found


PAGE = """# Teaching: Title

**Aim.** They can.

## Diagnostic question

Ask it after *The idea*.

- A. Yes.

## Script

### Opening (2 minutes)

- **Say.** Hello.

### The problem (3 minutes)

- **Type.** `x = 1`

### The idea (1.5 minutes)

- **Show.** The rest.

## When you are late

Skip it.

## On a slow machine

Wait.
"""


def good():
    text = "# Title\n\n**It takes** about 10 minutes to read and half a minute to run."
    cells = [text, "## The problem", "## The idea", "## Exercises\n\n### Exercise 1 ★☆☆ One"]
    notebook = new_notebook(cells=[new_markdown_cell(text) for text in cells])
    notebook.cells.insert(2, new_code_cell("x = 1"))
    minutes = {"read": 10, "run": 0.5, "explain": 6.5, "exercises": [5]}
    notebook.metadata["book"] = nbformat.from_dict({"seconds": 20, "minutes": minutes})
    return notebook


def metadata(**changes):
    def break_it(notebook, page):
        notebook.metadata.book.minutes.update(changes)
        return page

    return break_it


def seconds(value):
    def break_it(notebook, page):
        notebook.metadata.book.seconds = value
        return page

    return break_it


def replace(old, new):
    def break_it(notebook, page):
        assert old in page
        return page.replace(old, new)

    return break_it


def forget(notebook, page):
    del notebook.metadata.book["minutes"]
    return page


BROKEN = {
    "no minutes": (forget, "no book.minutes"),
    "other minutes to read": (metadata(read=12), "says 10 minutes to read"),
    "an exercise without minutes": (metadata(exercises=[]), "0 minutes for 1 exercises"),
    "a script that takes longer": (metadata(explain=6), "the script takes 6.5 minutes"),
    "a run that takes longer": (seconds(31), "it ran for 31 s"),
    "a run that is over soon": (metadata(run=1.5), "says 1.5 minutes"),
    "a run in odd parts": (metadata(run=0.6), "in halves"),
    "another heading": (replace("### The idea", "### Ideas"), "no heading of the notebook"),
    "no opening": (replace("### Opening (2 minutes)", ""), "begin with the opening"),
    "another order": (
        lambda notebook, page: (
            page.replace("The problem", "@")
            .replace("### The idea", "### The problem")
            .replace("@", "The idea")
        ),
        "order",
    ),
    "no question": (replace("## Diagnostic question", "## Question"), "no section 'Diagnostic"),
    "a part without minutes": (replace(" (3 minutes)", ""), "not every part"),
}


def test_good_page_and_chapter_agree():
    assert list(disagreements(good(), guide.parse(PAGE))) == []
    assert "no teacher's page" in next(disagreements(good(), None))


@pytest.mark.parametrize("fault", BROKEN)
def test_disagreement_is_found(fault):
    break_it, word = BROKEN[fault]
    notebook = good()
    page = guide.parse(break_it(notebook, PAGE))
    assert any(word in complaint for complaint in disagreements(notebook, page))


# ----------------------------------------------------------------------------------- programmes


def overruns(plans):
    """The days that end after the last minute they may."""
    for one, days in plans:
        for day in days:
            if programme.end(day) > programme.latest(one):
                yield f"{one.title} ends at {programme.clock(programme.end(day))}"


@pytest.fixture(scope="module")
def book():
    found = {path.stem: Chapter(f"chapters/{path.stem}", path) for path in NOTEBOOKS}
    missing = [name for name, chapter in found.items() if not programme.minutes(chapter)]
    assert not missing, f"no book.minutes in {missing}"
    return found


def test_no_programme_overruns_and_each_has_its_breaks(book):
    plans = [(one, programme.plan(one, book)) for one in programme.PROGRAMMES]
    assert list(overruns(plans)) == []
    for one, days in plans:
        for names, day in zip(one.days, days):
            assert day[0].start == programme.START
            for row, following in zip(day, day[1:]):
                assert row.start + row.minutes == following.start
            taught = [row.chapter.name for row in day if row.what == "Explaining"]
            assert taught == names
            assert sum(row.what == "Lunch" for row in day) == (one.length > 300)
            sittings, work = [], 0
            for row in day:
                rest = row.what in ("Break", "Lunch")
                sittings, work = (sittings + [work], 0) if rest else (sittings, work + row.minutes)
            assert max([*sittings, work]) <= programme.SITTING + programme.END
            trained = [row.chapter.name for row in day if row.what == "Exercises"]
            assert trained == names, "each chapter has an exercise"


def chapter(name="one", explain=40, exercises=(5, 10)):
    headings = "\n\n".join(f"### Exercise {n} ★☆☆ Task" for n, _ in enumerate(exercises, 1))
    places = [SimpleNamespace(heading=h[4:], anchor=f"a{n}") for n, h in enumerate(headings)]
    minutes = {"read": 10, "run": 0.5, "explain": explain, "exercises": list(exercises)}
    return SimpleNamespace(
        name=name, title=name.title(), file=f"chapters/{name}.ipynb", places=places, needs="",
        book={"minutes": minutes},
    )  # fmt: skip


def test_a_programme_that_overruns_is_found():
    half = programme.Programme("Half a day", 210, [["one", "two", "three"]])
    short = {name: chapter(name) for name in half.days[0]}
    assert list(overruns([(half, programme.plan(half, short))])) == []
    long = copy.deepcopy(short)
    long["two"].book["minutes"]["explain"] = 80
    assert list(overruns([(half, programme.plan(half, long))])) == ["Half a day ends at 12:48"]


def test_exercises_are_added_while_there_is_time():
    half = programme.Programme("Half a day", 210, [["one", "two"]])
    book = {"one": chapter("one", 40, (5, 9, 12)), "two": chapter("two", 40, (5, 90, 5))}
    (day,) = programme.plan(half, book)
    chosen = {row.chapter.name: row.exercises for row in day if row.exercises}
    assert chosen == {"one": (0, 1, 2), "two": (0,)}, "90 minutes do not fit"
    assert programme.end(day) <= programme.latest(half)
    for row in day:
        if row.what == "Explaining":
            assert row.minutes == math.ceil(40.5)


def test_tables_are_on_the_pages(site):
    index = (site / "teaching/index.html").read_text(encoding="utf-8")
    assert programme.MARK not in index
    for one in programme.PROGRAMMES:
        assert one.title in index
    assert re.search(r"09:00–09:10.+?Welcome", index, flags=re.S)
    page = (site / "teaching/dense.html").read_text(encoding="utf-8")
    assert re.search(r"takes \d+ minutes to explain and .+? to run", page)
