"""Writes the notebooks and slides for a room: student, instructor and live-coding, all from one.

python tools/workshop.py [CHAPTER ...]

Everything goes to _build/workshop. The chapter's notebook is the source of what is taught, its page
in teaching/ the source of the notes.
"""

import ast
import copy
import itertools
import re
import shutil
import sys
from pathlib import Path

import guide
import nbformat
from nbconvert.preprocessors import ClearOutputPreprocessor
from slides import slides

OUT = guide.ROOT / "_build/workshop"
SOLUTION = re.compile(
    r"^(?P<indent> *)### BEGIN SOLUTION\n(?P<body>.*?)^ *### END SOLUTION$", re.M | re.S
)
STUB = "...  # your code"
MAX_TYPED = 15  # lines: a longer cell is shown, whatever the script says
CATCH_UP = "# Catch up: what was typed since the last cell like this one."


# --------------------------------------------------------------------------- solutions, out and in


def is_solution(cell):
    return "solution" in guide.tags(cell)


def take_out(source):
    """The source with a stub instead of each solution."""
    return SOLUTION.sub(
        lambda found: "{0}### BEGIN SOLUTION\n{0}{1}\n{0}### END SOLUTION".format(
            found["indent"], STUB
        ),
        source,
    )


def put_back(source, original):
    """The source with the solutions of the original instead of its stubs."""
    bodies = [found["body"] for found in SOLUTION.finditer(original)]
    stub = re.compile(rf"^ *{re.escape(STUB)}\n", re.M)
    return stub.sub(lambda _: bodies.pop(0), source)


def unfold(cell):
    """Shows what the page folds away."""
    cell.metadata["tags"] = [tag for tag in cell.metadata["tags"] if tag != "hide-cell"]
    cell.metadata.pop("jupyter", None)


# ------------------------------------------------------------------------------ the three notebooks


def student(notebook):
    """Without outputs and solutions; stubs and checks stay."""
    notebook, _ = ClearOutputPreprocessor().preprocess(copy.deepcopy(notebook), {})
    for cell in filter(is_solution, notebook.cells):
        cell.source = take_out(cell.source)
        unfold(cell)
    return notebook


def quote(title, text):
    """A block quote in Markdown that opens with a bold word."""
    lines = f"**{title}.**\n\n{text}".splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def notes(page):
    """Pairs of a heading and what the teacher's page says there, in Markdown."""
    opening = [quote("Teach", page.summary)]
    opening += [
        quote(title, page.sections[title])
        for title in ("When you are late", "On a slow machine")
        if title in page.sections
    ]
    for part in page.script:
        text = quote(f"Teach, {part.minutes:g} minutes", part.notes)
        yield part.heading, "\n\n".join([*opening, text])
        opening = []
        if part.heading == guide.asked_after(page):
            question = page.sections[guide.DIAGNOSTIC]
            yield part.heading, quote("Diagnostic question, at the end of this part", question)


def instructor(notebook, page):
    """Everything: outputs, solutions unfolded, and the notes after the cell of each heading."""
    notebook = copy.deepcopy(notebook)
    for cell in filter(is_solution, notebook.cells):
        unfold(cell)
    said, cells = list(notes(page)) if page else [], []
    for place, cell in enumerate(notebook.cells):
        cells.append(cell)
        here = guide.headings(cell) if place else [guide.OPENING]
        for number, (heading, text) in enumerate(said):
            if heading in here:
                cells.append(nbformat.v4.new_markdown_cell(text, id=f"note-{number}"))
    notebook.cells = cells
    return notebook


def draws(cell):
    return any(
        kind.startswith("image/") or kind == "text/html"
        for output in cell.outputs
        for kind in output.get("data", {})
    )


def announcement(code):
    """One line of comment that says what is to be typed: the names it makes, what it prints."""
    names, prints = [], False
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)]
        else:
            prints = prints or "print(" in ast.unparse(node)
    said = [", ".join(dict.fromkeys(names))] if names else []
    said += ["it prints"] if prints else []
    return f"# Type here: {'; '.join(said) or 'the next step'}"


def changed(statement):
    """The names of what a statement assigns to, in whole or in part, or calls a method of."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            target = node.func if isinstance(node.func, ast.Attribute) else None
        else:
            target = node if isinstance(getattr(node, "ctx", None), ast.Store) else None
        while isinstance(target, (ast.Attribute, ast.Subscript)):
            target = target.value
        if isinstance(target, ast.Name):
            yield target.id


def pieces(source, snippets):
    """A cell in pieces: whether the script says to type it, and its code, statements unbroken.

    With a loop goes all from the line that makes what it changes: so the catch-up cell, in which
    the two then stand together, may be run after it.
    """
    lines, found = source.split("\n"), []
    body = ast.parse(source).body
    codes = [
        "\n".join(lines[a:b]) for a, b in itertools.pairwise([0, *(n.end_lineno for n in body)])
    ]
    typed = [any(guide.plain(s) in guide.plain(code) for s in snippets) for code in codes]
    for last, loop in enumerate(body):
        if typed[last] and isinstance(loop, ast.For):
            needed = set(changed(loop))
            makes = [isinstance(n, ast.Assign) and needed & set(changed(n)) for n in body[:last]]
            first = next(itertools.compress(itertools.count(), makes), last)
            typed[first:last] = [True] * (last - first)
    for code, wanted in zip(codes, typed):
        if found and found[-1][0] == wanted:
            found[-1] = (wanted, f"{found[-1][1]}\n{code}")
        else:
            found.append((wanted, code.strip("\n")))
    return found


def to_type(notebook, page):
    """The pieces of the cells that are in part taken out, by place.

    That is what is to be typed in cells that draw no figure, if it is not long.
    """
    out = {}
    for place, snippets in (guide.typed(notebook, page) if page else {}).items():
        parts = pieces(notebook.cells[place].source, snippets)
        lines = [line for wanted, code in parts if wanted for line in code.split("\n") if line]
        if not draws(notebook.cells[place]) and 0 < len(lines) <= MAX_TYPED:
            out[place] = parts
    return out


def live(notebook, page):
    """Prose and figures; the code to be typed is out, and comes back in folded catch-up cells.

    A catch-up cell stands at the end of each part, and before code that is kept, which may need
    what was typed: so the notebook runs from top to bottom when nothing has been typed at all.
    """
    taught = guide.parts(notebook, page) if page else [None] * len(notebook.cells)
    out, cells, typed = to_type(notebook, page), [], []

    def catch_up():
        if typed:
            cell = nbformat.v4.new_code_cell(
                "\n\n".join([CATCH_UP, *typed]),
                id=f"catch-up-{len(cells)}",
                metadata={"tags": ["catch-up", "hide-cell"], "jupyter": {"source_hidden": True}},
            )
            cells.append(cell)
            typed.clear()

    for place, cell in enumerate(student(notebook).cells):
        if place and taught[place] is not taught[place - 1]:
            catch_up()
        for number, (wanted, code) in enumerate(out.get(place, [(False, cell.source)])):
            piece = copy.deepcopy(cell)
            piece.id, piece.source = f"{cell.id}-{number}" if number else cell.id, code
            if wanted:
                typed.append(code)
                piece.source = announcement(code)
            elif piece.cell_type == "code":
                catch_up()
                if draws(notebook.cells[place]):
                    piece.outputs = copy.deepcopy(notebook.cells[place].outputs)
            cells.append(piece)
    catch_up()
    result = copy.deepcopy(notebook)
    result.cells = cells
    return result


# --------------------------------------------------------------------------------------- all of it


def write(chapter):
    """Writes everything for one chapter."""
    notebook, page = guide.read(chapter)
    kinds = {
        "student": student(notebook),
        "instructor": instructor(notebook, page),
        "live": live(notebook, page),
    }
    for kind, made in kinds.items():
        nbformat.validate(made)
        (OUT / kind).mkdir(parents=True, exist_ok=True)
        nbformat.write(made, OUT / kind / f"{chapter}.ipynb")
        for module in guide.CHAPTERS.glob("*.py"):  # what a chapter imports from beside it
            shutil.copy(module, OUT / kind)
    (OUT / "slides").mkdir(exist_ok=True)
    (OUT / "slides" / f"{chapter}.html").write_text(slides(notebook, page), encoding="utf-8")


def main():
    names = [Path(name).stem for name in sys.argv[1:]]
    for chapter in names or sorted(path.stem for path in guide.CHAPTERS.glob("*.ipynb")):
        write(chapter)
        print(f"{OUT.relative_to(guide.ROOT)}/…/{chapter}")


if __name__ == "__main__":
    main()
