"""The promises of the book, kept for every notebook present and future. No TensorFlow is needed."""

import copy
import os
import re
from pathlib import Path

import book_rules as rules
import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(ROOT.glob("chapters/*.ipynb"))
ALT = "A line that rises from the lower left to the upper right corner."


def toc_files(entry):
    """Every file the table of contents names, in order."""
    if isinstance(entry, list):
        return [name for item in entry for name in toc_files(item)]
    if isinstance(entry, dict):
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [
            name
            for key in ("parts", "chapters", "sections")
            for name in toc_files(entry.get(key, []))
        ]
    return []


# ------------------------------------------------------------------------------- every notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    complaints = [c for rule in rules.RULES for c in rule(notebook)]
    complaints += rules.links(notebook, path)
    assert not complaints, "\n" + "\n".join(complaints)


def test_table_of_contents_names_every_chapter_and_no_other():
    names = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    missing = [name for name in names if not any(ROOT.glob(f"{name}.*"))]
    assert not missing and len(names) == len(set(names))
    assert {path.stem for path in NOTEBOOKS} == {
        Path(name).stem for name in names if name.startswith("chapters/")
    }


def test_at_most_one_output_in_twenty_is_not_compared():
    code = [
        cell
        for path in NOTEBOOKS
        for _, cell in rules.cells(nbformat.read(path, as_version=4), "code")
    ]
    ignored = [cell for cell in code if "nbval-ignore-output" in rules.tags(cell)]
    assert 20 * len(ignored) <= len(code)


def test_processes_of_the_tests_share_the_processors():
    """With more threads than processors, two notebooks at a time take a third longer."""
    workers, processors = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), os.cpu_count()
    threads = int(os.environ.get("TF_NUM_INTRAOP_THREADS", processors))
    assert workers * threads <= max(workers, processors)


def test_site_builds_without_warnings_and_without_buttons_that_need_a_host(site):
    for path in NOTEBOOKS:
        page = (site / "chapters" / f"{path.stem}.html").read_text("utf-8")
        assert f"_sources/chapters/{path.name}" in page, "no download button"
        assert not re.search(r"mybinder\.org|colab\.research", page)


# ------------------------------------------------------- each rule can fail: broken notebooks


def good():
    """A small notebook that keeps every rule."""
    cells = [
        new_markdown_cell(
            "# Title\n\nThe model has 1,234 weights ([He et al., 2015](https://x.y))."
        ),
        new_code_cell("SEED = 0  # try another", metadata={"tags": ["parameters"]}),
        new_code_cell("import keras", metadata={"tags": ["setup"]}),
        new_code_cell("print(1234)", outputs=[new_output("stream", text="1234\n")]),
        new_code_cell(
            "plt.show()",
            metadata={"mystnb": {"image": {"alt": ALT}}},
            outputs=[new_output("display_data", {"image/png": "aGk=", "text/plain": "<Figure>"})],
        ),
        new_markdown_cell(
            "## Exercises\n\n### Exercise 1 ★☆☆ Double\n\n"
            "<details><summary>Hint</summary>\n\nAdd.\n\n</details>"
        ),
        new_code_cell(
            "def double(x):\n    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION",
            metadata={"tags": ["solution", "hide-cell"], "jupyter": {"source_hidden": True}},
        ),
        new_code_cell("check.double(double)", metadata={"tags": ["check"]}),
    ]
    for count, cell in enumerate((c for c in cells if c.cell_type == "code"), 1):
        cell.execution_count = count
    book = {"keras": "3", "tensorflow": "2", "executed": "2026-01-01", "seconds": 3}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"book": book, "kernelspec": kernel})


def text(place, source):
    """Appends to the source of a cell."""

    def break_it(notebook):
        notebook.cells[place].source += source

    return break_it


def output(place, *arguments, **keywords):
    """Appends an output to a cell."""

    def break_it(notebook):
        notebook.cells[place].outputs.append(new_output(*arguments, **keywords))

    return break_it


def retag(place, *new):
    def break_it(notebook):
        notebook.cells[place].metadata["tags"] = list(new)

    return break_it


def drop(place):
    def break_it(notebook):
        del notebook.cells[place]

    return break_it


def meta(place, key, value):
    def break_it(notebook):
        notebook.cells[place].metadata[key] = value

    return break_it


def book(**changes):
    def break_it(notebook):
        notebook.metadata["book"].update(changes)

    return break_it


def unrun(notebook):
    notebook.cells[3].execution_count = None


def swapped(notebook):
    notebook.cells[3], notebook.cells[4] = notebook.cells[4], notebook.cells[3]


def never_recorded(notebook):
    del notebook.metadata["book"]


SVG = '<svg role="img"{}></svg>'
BROKEN = [
    (rules.run_in_order, unrun, "execution count None"),
    (rules.run_in_order, swapped, "expected 3"),
    (rules.quiet, output(3, "stream", name="stderr", text="W"), "stderr"),
    (rules.quiet, output(3, "error", ename="KeyError", evalue="x"), "KeyError"),
    (rules.plain_markdown, text(0, "\n\n```{note}\nx\n```"), "directive"),
    (rules.plain_markdown, text(0, "\n\n:::{note}\nx\n:::"), "directive"),
    (rules.plain_markdown, text(0, "\n\nSee {ref}`x`."), "role"),
    (rules.plain_markdown, text(0, "\n\n(label)=\n"), "label"),
    (rules.plain_markdown, text(0, "\n\nVersion {{ v }}"), "substitution"),
    (rules.plain_markdown, text(0, "\n<details><summary>A</summary>\nB</details>"), "blank line"),
    (rules.plain_markdown, text(0, "\n<details><summary>A</summary>\n\nB"), "not closed"),
    (rules.described, meta(4, "mystnb", {}), "alt text"),
    (rules.described, meta(4, "mystnb", {"image": {"alt": "A line."}}), "alt text"),
    (rules.described, output(3, "display_data", {"text/html": SVG.format("")}), "aria-label"),
    (rules.described, output(3, "display_data", {"text/html": "<img src='x'>"}), "an alt"),
    (rules.described, text(0, "\n\n![](x.png)"), "alt text"),
    (rules.opening, text(0, "\n\n# Another"), "one title"),
    (rules.opening, drop(0), "title"),
    (rules.opening, retag(1), "parameters"),
    (rules.opening, retag(2), "setup"),
    (rules.opening, text(1, "\nother = 1"), "SEED = 0"),
    (rules.exercises, drop(7), "tagged check"),
    (rules.exercises, drop(6), "tagged solution"),
    (rules.exercises, text(5, "\n\n### Exercise 2 ★☆☆ Triple"), "no hint"),
    (rules.exercises, text(5, "\n\n## Recap"), "outside an exercise"),
    (rules.exercises, drop(5), "outside an exercise"),
    (rules.exercises, retag(6, "solution"), "hide-cell"),
    (rules.exercises, text(6, "\n    ### BEGIN SOLUTION"), "not between"),
    (rules.exercises, meta(6, "jupyter", {}), "source_hidden"),
    (rules.compared, retag(3, "nbval-ignore-output"), "asserts nothing"),
    (rules.compared, retag(3, "nbval-skip"), "kept from"),
    (rules.compared, text(3, "\n# NBVAL_IGNORE_OUTPUT"), "kept from"),
    (rules.quoted_numbers, text(0, "\n\nIt reaches 0.987."), "0.987"),
    (rules.quoted_numbers, text(0, "\n\nAfter 2000 steps."), "2000"),
    (rules.quoted_numbers, text(0, "\n\n1,235 weights, since 1998."), "1,235"),
    (rules.short_cells, text(3, "\nx = 1" * 25), "26 lines"),
    (rules.recorded, never_recorded, "lacks keras"),
    (rules.recorded, book(seconds=30), "30 s"),
    (rules.recorded, meta(3, "execution", {"iopub": "12:00"}), "times"),
    (rules.portable, text(3, "\nopen('/home/me/x')"), "/home/me"),
    (rules.portable, output(3, "stream", text="saved /tmp/a"), "/tmp/a"),
]


def test_good_notebook_keeps_every_rule(tmp_path):
    notebook = good()
    nbformat.validate(notebook)
    assert [complaint for rule in rules.RULES for complaint in rule(notebook)] == []
    assert [*rules.links(notebook, tmp_path / "x.ipynb")] == []


@pytest.mark.parametrize(
    ("rule", "break_it", "word"), BROKEN, ids=lambda value: getattr(value, "__name__", None)
)
def test_rule_finds(rule, break_it, word):
    notebook = copy.deepcopy(good())
    break_it(notebook)
    assert any(word in complaint for complaint in rule(notebook)), list(rule(notebook))


def test_every_rule_is_shown_to_fail():
    assert {rule for rule, *_ in BROKEN} == set(rules.RULES)


def test_two_uncompared_cells_in_a_chapter_are_too_many():
    notebook = good()
    for place in (3, 4):
        notebook.cells[place].source += "\nassert True"
        notebook.cells[place].metadata["tags"] = ["nbval-ignore-output"]
    assert "2 of 6" in next(rules.compared(notebook))


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("[a](other.ipynb)", None),
        ("[a](other.ipynb#the-idea)", None),
        ("[a](https://example.org/missing)", None),
        ("`[a](missing.ipynb)`", None),
        ("[a](missing.ipynb)", "does not exist"),
        ("[a](other.ipynb#no-idea)", "no such heading"),
    ],
)
def test_links(tmp_path, link, word):
    other = new_notebook(cells=[new_markdown_cell("# Other\n\n## The idea\n\nText.")])
    nbformat.write(other, tmp_path / "other.ipynb")
    notebook = new_notebook(cells=[new_markdown_cell(f"See {link}.")])
    complaints = list(rules.links(notebook, tmp_path / "this.ipynb"))
    assert word in complaints[0] if word else not complaints


@pytest.mark.parametrize(
    "prose",
    [
        "One of 1234 weights.",
        "It was shown in 1998, and again (2015).",
        "Rosenblatt, 1958.",
        "Set `epochs=200`, so that $n = 512$.",
        "ResNet-152, CIFAR-100 and float32 are names.",
        "With Keras 3.15 and arXiv:1512.03385, pp. 770–778.",
        "From [1000 layers](https://example.org/S0893-6080(05)80131-5).",
    ],
)
def test_numbers_that_are_no_claims_or_are_printed(prose):
    notebook = good()
    notebook.cells[0].source += f"\n\n{prose}"
    assert list(rules.quoted_numbers(notebook)) == []
