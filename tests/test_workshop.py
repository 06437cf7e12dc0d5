"""The kit for a room: no solution leaks, what was taken out can be put back, slides need no net.

Everything is made from the notebooks as they stand. The whole of a student's notebook is run for
two short chapters, its exercises for all. With its solutions put back it is the chapter, cell by
cell, and that is run as every notebook is.
"""

import ast
import copy
import json
import os
import re
import subprocess
import symtable
import sys
import zipfile
from html import unescape

import book_rules as rules
import guide
import kit
import nbformat
import pytest
import workshop
from nbclient import NotebookClient
from playwright.sync_api import expect
from slides import LIBRARY, MAX_LISTING, html, listing, slides
from test_book import NOTEBOOKS
from test_site import Visit

pytestmark = pytest.mark.no_cover  # what these tests run of `blocks`, others run as well
NAMES = [path.stem for path in NOTEBOOKS]
RUN = ("layers", "blocks")  # the whole notebook, in seconds


@pytest.fixture(scope="module", params=NAMES)
def chapter(request):
    """The notebook of one chapter and its teacher's page."""
    return guide.read(request.param)


@pytest.fixture(scope="module")
def deck(chapter):
    """The slides of the chapter."""
    return slides(*chapter)


def solution_lines(notebook):
    """The lines of the solutions, each as often as it stands there."""
    bodies = [
        found["body"]
        for cell in filter(workshop.is_solution, notebook.cells)
        for found in workshop.SOLUTION.finditer(cell.source)
    ]
    return [line.strip() for body in bodies for line in body.splitlines() if line.strip()]


def leaks(notebook, made, source):
    """Lines of solutions that stand in what was made oftener than outside the solutions.

    `source` is the text of the chapter that may be in it, solutions included.
    """
    lines = solution_lines(notebook)
    for line in set(lines):
        pattern = re.compile(rf"^\s*{re.escape(line)}\s*$", re.M)
        if len(pattern.findall(made)) > len(pattern.findall(source)) - lines.count(line):
            yield line


def sources(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def texts(notebook):
    """All that a learner can read in a notebook: sources, outputs and metadata."""
    outputs = [text for _, cell in rules.cells(notebook, "code") for text in rules.texts(cell)]
    shown = [plain_text(text) if text.lstrip().startswith("<") else text for text in outputs]
    return "\n".join([sources(notebook), *shown, json.dumps(notebook.metadata)])


def plain_text(markup):
    return unescape(re.sub(r"<[^>]+>", "", markup))


# ---------------------------------------------------------------------------------- all chapters


def test_no_solution_leaks_into_a_student_notebook(chapter):
    notebook, page = chapter
    made = workshop.student(notebook)
    nbformat.validate(made)
    assert solution_lines(notebook), "the chapter has solutions"
    assert list(leaks(notebook, texts(made), sources(notebook))) == []
    assert not any(cell.outputs for _, cell in rules.cells(made, "code"))


def test_no_solution_leaks_into_live_notebooks_and_slides(chapter, deck):
    notebook, page = chapter
    everything = texts(notebook)
    assert list(leaks(notebook, texts(workshop.live(notebook, page)), everything)) == []
    assert list(leaks(notebook, plain_text(deck), everything)) == []


def test_solutions_put_back_give_the_chapter(chapter):
    notebook, page = chapter
    made = workshop.student(notebook)
    assert len(made.cells) == len(notebook.cells)
    for cell, original in zip(made.cells, notebook.cells):
        assert (cell.id, cell.cell_type) == (original.id, original.cell_type)
        stubs = cell.source.count(workshop.STUB)
        assert stubs == len(workshop.SOLUTION.findall(original.source))
        assert workshop.put_back(cell.source, original.source) == original.source
        if stubs:
            ast.parse(cell.source)
            assert "hide-cell" not in cell.metadata.tags and "jupyter" not in cell.metadata


def test_checks_stay_in_student_notebooks(chapter):
    notebook, page = chapter
    made = workshop.student(notebook)
    checks = [cell.source for cell in notebook.cells if "check" in guide.tags(cell)]
    assert [cell.source for cell in made.cells if "check" in guide.tags(cell)] == checks


def test_instructor_notebook_has_everything_and_the_notes(chapter):
    notebook, page = chapter
    made = workshop.instructor(notebook, page)
    nbformat.validate(made)
    kept = [cell for cell in made.cells if not cell.id.startswith("note-")]
    assert [cell.source for cell in kept] == [cell.source for cell in notebook.cells]
    assert [cell.get("outputs") for cell in kept] == [c.get("outputs") for c in notebook.cells]
    assert not any("source_hidden" in str(cell.metadata) for cell in kept)
    added = "\n".join(cell.source for cell in made.cells if cell.id.startswith("note-"))
    said = re.sub(r"^> ?", "", added, flags=re.M)
    for part in page.script:
        assert part.notes in said, part.heading
    assert page.summary in said and page.sections[guide.DIAGNOSTIC] in said


def test_removed_code_comes_back_in_the_catch_up_cells(chapter):
    notebook, page = chapter
    made = workshop.live(notebook, page)
    nbformat.validate(made)
    out = workshop.to_type(notebook, page)
    assert out, "the script has something to type"
    wanted = iter([code for place in sorted(out) for wanted, code in out[place] if wanted])
    waiting, put_back = [], {place: [] for place in out}
    cells = iter(made.cells)
    for place, original in enumerate(notebook.cells):
        if place not in out:
            cell = next(cells)
            while "catch-up" in guide.tags(cell):
                assert cell.source == "\n\n".join([workshop.CATCH_UP, *waiting])
                waiting, cell = [], next(cells)
            assert cell.id == original.id and (cell.cell_type == "markdown" or not waiting)
            assert workshop.is_solution(original) or cell.source == original.source
            continue
        for typed, code in out[place]:
            cell = next(cells)
            if "catch-up" in guide.tags(cell):
                assert cell.metadata.jupyter.source_hidden and waiting
                assert cell.source == "\n\n".join([workshop.CATCH_UP, *waiting])
                waiting, cell = [], next(cells)
            if typed:
                assert re.fullmatch(r"# Type here: [^\n]+", cell.source)
                waiting.append(next(wanted))
                assert waiting[-1] == code
            else:
                assert cell.source == code and not waiting
            put_back[place].append(code)
    for cell in cells:
        assert "catch-up" in guide.tags(cell)
        assert cell.source == "\n\n".join([workshop.CATCH_UP, *waiting])
        waiting = []
    assert not waiting and next(wanted, None) is None
    for place, codes in put_back.items():
        lines = [line for code in codes for line in code.split("\n") if line]
        assert lines == [line for line in notebook.cells[place].source.split("\n") if line]


def test_there_is_time_to_type(chapter):
    """At 200 characters a minute, typing leaves a quarter of a part to say, show and ask."""
    notebook, page = chapter
    taught, out = guide.parts(notebook, page), workshop.to_type(notebook, page)
    for part in page.script:
        codes = [code for n in out if taught[n] is part for wanted, code in out[n] if wanted]
        typed = sum(len(" ".join(code.split())) for code in codes)
        assert typed / 200 <= 0.75 * part.minutes, part.heading


def test_figures_stay_in_live_notebooks(chapter):
    notebook, page = chapter
    made = {cell.id: cell for cell in workshop.live(notebook, page).cells}
    for _, cell in rules.cells(notebook, "code"):
        if workshop.draws(cell):
            assert made[cell.id].outputs == cell.outputs


# -------------------------------------------------------------------- exercises, run as learners do


EXERCISES = """
import ast, json, os, sys
os.environ.update(
    KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0"
)
from blocks.teaching.check._frame import NotYet
said = {}
for name, cells in json.load(sys.stdin).items():
    space = {"SEED": 0, "__name__": "__main__"}
    for kind, source in cells:
        try:
            exec(compile(source, name, "exec"), space)
            result = "right"
        except NotYet as not_yet:
            result = str(not_yet)
        if kind == "check":
            said.setdefault(name, []).append(result)
json.dump(said, open(sys.argv[1], "w"))
"""


def needs(source):
    """The names that code takes from elsewhere."""

    def walk(table):
        for symbol in table.get_symbols():
            own = table.get_type() == "module" and symbol.is_assigned()
            if symbol.is_referenced() and symbol.is_global() and not own:
                yield symbol.get_name()
        for child in table.get_children():
            yield from walk(child)

    return set(walk(symtable.symtable(source, "cell", "exec")))


def makes(statement):
    """The names that a statement defines by an import, a function, a class or a plain value."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return set()


def exercise_cells(notebook, solved):
    """The set-up, the answers and the checks, and the definitions that the answers need.

    Of all other cells nothing is run, so that nothing is trained.
    """
    cells, statements = [], []
    for _, cell in rules.cells(notebook, "code"):
        kind = next(iter({"setup", "solution", "check"} & set(guide.tags(cell))), None)
        if kind:
            cells.append((kind, cell.source if solved else workshop.take_out(cell.source)))
        elif not guide.tags(cell):
            statements += ast.parse(cell.source).body
    needed = set().union(
        *(needs(cell.source) for cell in notebook.cells if workshop.is_solution(cell))
    )
    kept = []
    for statement in reversed(statements):
        if makes(statement) & needed:
            kept.insert(0, ast.unparse(statement))
            needed |= needs(kept[0])
    return [cells[0], ("", "\n".join(kept)), *cells[1:]]


def test_stubs_are_told_kindly_what_is_missing_and_solutions_pass(tmp_path):
    """What every check says of the stubs and of the solutions: all in one process, and one test."""
    work = {
        f"{name} {kind}": exercise_cells(guide.read(name)[0], kind == "solved")
        for name in NAMES
        for kind in ("stubs", "solved")
    }
    said = tmp_path / "said.json"
    run = subprocess.run(
        [sys.executable, "-c", EXERCISES, str(said)],
        input=json.dumps(work),
        text=True,
        capture_output=True,
        env=os.environ | {"MPLBACKEND": "agg"},
        cwd=guide.CHAPTERS,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    heard = json.loads(said.read_text(encoding="utf-8"))
    assert set(heard) == set(work)
    kind, rude = re.compile(r"✗ (Nothing here yet|Not yet)"), re.compile(r"Traceback|NoneType")
    complaints = []
    for name, words in heard.items():
        assert len(words) == sum(cell == "check" for cell, _ in work[name])
        solved = name.endswith("solved")
        for one in words:
            if one != "right" if solved else not kind.match(one) or rude.search(one):
                complaints.append(f"{name}: {one}")
    assert not complaints, "\n".join(complaints)


# ------------------------------------------------------------------------ whole notebooks, run


def execute(notebook):
    """Runs a notebook; returns it, and what stopped it or None."""
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(guide.CHAPTERS)}},
    )
    client.execute(stderr=subprocess.DEVNULL)
    return notebook


def stops(notebook):
    """The cells that raised an error, with its name and message."""
    return [
        (cell, output)
        for _, cell in rules.cells(notebook, "code")
        for output in cell.outputs
        if output.output_type == "error"
    ]


@pytest.mark.parametrize("name", RUN)
def test_student_notebook_runs_to_its_first_unanswered_check(name):
    notebook, _ = guide.read(name)
    made = execute(workshop.student(notebook))
    stopped = stops(made)
    checks = [cell.id for cell in made.cells if "check" in guide.tags(cell)]
    assert [cell.id for cell, _ in stopped] == checks, "the checks stop, and nothing before them"
    cell, output = stopped[0]
    assert output.ename == "NotYet" and "Nothing here yet" in "\n".join(output.traceback)
    assert "Traceback" not in "\n".join(output.traceback)


@pytest.mark.parametrize("name", RUN)
def test_live_notebook_runs_with_its_catch_up_cells(name):
    """In halves of the cells to be typed: what was typed, and what was not."""
    notebook, page = guide.read(name)
    made = workshop.live(notebook, page)
    waiting = [cell for cell in made.cells if cell.source.startswith("# Type here: ")]
    out = workshop.to_type(notebook, page)
    codes = [code for place in sorted(out) for wanted, code in out[place] if wanted]
    for cell, code in list(zip(waiting, codes, strict=True))[::2]:
        cell.source = code
    made.cells = [cell for cell in made.cells if "check" not in guide.tags(cell)]
    assert stops(execute(made)) == []


# ------------------------------------------------------------------------------------- it can fail


def test_a_leak_is_found():
    notebook, _ = guide.read("layers")
    assert list(leaks(notebook, texts(notebook), sources(notebook))), (
        "the chapter itself has every solution"
    )
    made = workshop.student(notebook)
    line = solution_lines(notebook)[0]
    made.cells[-1].source += f"\n{line}\n"
    assert list(leaks(notebook, texts(made), sources(notebook))) == [line]


def test_a_changed_stub_is_found():
    notebook, _ = guide.read("sequential")
    cell = next(cell for cell in notebook.cells if "class MySequential" in cell.source)
    assert workshop.take_out(cell.source).count(workshop.STUB) == 3
    broken = workshop.take_out(cell.source).replace(workshop.STUB, "pass", 1)
    assert workshop.put_back(broken, cell.source) != cell.source


def test_a_page_that_types_nothing_leaves_the_code_in_place():
    notebook, page = guide.read("layers")
    silent = page._replace(
        script=[part._replace(notes=part.notes.replace("**Type.**", "")) for part in page.script]
    )
    made = workshop.live(notebook, silent)
    assert [cell.source for cell in made.cells] == [
        cell.source for cell in workshop.student(notebook).cells
    ]


# ------------------------------------------------------------------------------------------ slides


OVERFULL = """(slides) => slides.filter((slide) =>
    slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1
).map((slide) => slide.innerText)"""
LOADS = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*\b(?:src|href|data)="""
    r"""["']?(?!data:)[^"'\s>]+|@import|url\((?!["']?data:)|\bfetch\(|XMLHttpRequest|import\("""
)


def test_slides_need_no_network_and_no_other_file(deck):
    for text in LIBRARY.values():  # they load nothing here: the browser's test listens
        assert deck.count(text) == 1
        deck = deck.replace(text, "")
    markup = re.sub(r"base64,[\w+/=]+", "base64,", deck)
    code = re.compile(r"<div class=\"highlight\">.*?</div>", re.S)  # text, not a script
    assert not LOADS.search(code.sub("", markup))


@pytest.mark.parametrize("text", ['<script src="https://a.b/c.js">', "@import 'x'", "url(x.png)"])
def test_a_load_is_found(text):
    assert LOADS.search(text) and not LOADS.search('<img src="data:image/png;base64,AA">')


def test_slides_show_the_chapter(chapter, deck):
    notebook, page = chapter
    figures = sum(
        "image/png" in output.get("data", {})
        for _, cell in rules.cells(notebook, "code")
        for output in cell.outputs
    )
    assert deck.count("data:image/png;base64,") == figures
    predictions = sum(cell.source.count("> **Predict.**") for cell in notebook.cells)
    assert deck.count("<strong>Predict.</strong>") >= predictions
    exercises = [h for cell in notebook.cells for h in guide.headings(cell) if "Exercise " in h]
    assert deck.count('<section class="exercise"') == len(exercises)
    for part in page.script:
        assert html(f"**{part.heading}, {part.minutes:g} minutes**") in deck, "in the notes"
    assert deck.count('<section class="question"') == 1


def test_listing_is_cut_at_blank_lines():
    lines = [f"line {n}" if n % 9 else "" for n in range(1, 70)]
    parts = list(listing("\n".join([*lines, *["x"] * (MAX_LISTING + 1)])))
    assert "\n".join(parts).split("\n") == [*lines, *["x"] * (MAX_LISTING + 1)]
    assert max(part.count("\n") + 1 for part in parts) <= MAX_LISTING
    assert parts[1].startswith("\n"), "the first part ends before a blank line"


@pytest.mark.parametrize("name", RUN)
def test_slides_in_a_browser_without_network(name, browser, tmp_path):
    notebook, page = guide.read(name)
    (tmp_path / f"{name}.html").write_text(slides(notebook, page), encoding="utf-8")
    with Visit(browser, "light", viewport={"width": 1280, "height": 720}) as visit:
        visit.open_file(tmp_path, name)
        visit.page.wait_for_function("Reveal.isReady()")
        count = visit.page.evaluate("Reveal.getTotalSlides()")
        now = visit.page.locator("section.present")
        assert count > 15 and now.count() == 1
        assert now.locator("h2").inner_text() == guide.headings(notebook.cells[0])[0]
        with visit.page.expect_popup() as popup:
            visit.page.keyboard.press("s")
        popup.value.wait_for_function("document.querySelector('.speaker-controls-notes .value')")
        said = popup.value.locator(".speaker-controls-notes .value")
        expect(said).to_contain_text("Opening")
        for key in ("ArrowRight", " ", "PageDown"):
            visit.page.keyboard.press(key)
        place = visit.page.locator(".slide-number")
        assert place.inner_text().split() == ["4", "/", f"{count}"]
        for number in range(count):
            visit.page.evaluate(f"Reveal.slide({number})")
            assert now.evaluate_all(OVERFULL) == []
        assert not visit.complaints
        assert all(url.startswith(("file:", "data:", "about:")) for url in visit.requests)


@pytest.mark.parametrize("name", RUN)
def test_slides_on_paper(name, browser, tmp_path):
    (tmp_path / f"{name}.html").write_text(slides(*guide.read(name)), encoding="utf-8")
    with Visit(browser, "light", viewport={"width": 1280, "height": 720}) as visit:
        visit.open_file(tmp_path, name, "?print-pdf")
        visit.page.wait_for_function("document.querySelector('.pdf-page section')")
        pages, printed = visit.page.locator(".pdf-page"), visit.page.locator(".pdf-page section")
        assert pages.count() == printed.count() > 15
        assert printed.evaluate_all(OVERFULL) == []


# ------------------------------------------------------------------------------------ commands, ZIP


def test_command_writes_every_kind(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["workshop.py", "layers"])
    monkeypatch.setattr(workshop, "OUT", tmp_path)
    monkeypatch.setattr(guide, "ROOT", tmp_path.parent)
    workshop.main()
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    beside = [path.name for path in guide.CHAPTERS.glob("*.py")]
    kinds = ("student", "instructor", "live")
    notebooks = {f"{kind}/{name}" for kind in kinds for name in ("layers.ipynb", *beside)}
    assert made == notebooks | {"slides/layers.html"}


def test_kit_packs_every_folder(tmp_path, monkeypatch, capsys):
    folders = {name: tmp_path / name for name in kit.FOLDERS}
    for name, folder in folders.items():
        folder.mkdir()
        (folder / "file.txt").write_text(name)
    monkeypatch.setattr(kit, "FOLDERS", folders)
    monkeypatch.setattr(kit, "BUILD", tmp_path)
    monkeypatch.setattr(kit, "WHEELS", tmp_path / "wheels")
    kit.main()
    with zipfile.ZipFile(tmp_path / f"{kit.NAME}.zip") as packed:
        assert {name.removeprefix(f"{kit.NAME}/") for name in packed.namelist()} == {
            "START.txt",
            *(f"{name}/file.txt" for name in folders),
        }
    (folders["student"] / "file.txt").unlink()
    with pytest.raises(SystemExit, match="is missing"):
        kit.main()


def test_kinds_leave_the_chapter_as_it_is():
    notebook, page = guide.read("layers")
    before = copy.deepcopy(notebook)
    workshop.student(notebook), workshop.instructor(notebook, page), workshop.live(notebook, page)
    assert notebook == before
