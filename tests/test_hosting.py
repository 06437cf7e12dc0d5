"""The buttons of a hosted site and the notebooks they open. Without a host: see test_book.py."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import hosting
import launch
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "ada/book",
    "GITHUB_REF_NAME": "trunk",
    "GITHUB_SHA": "abc123",
}
GITLAB = {
    "CI_PROJECT_URL": "https://git.example.org/group/part/book",
    "CI_COMMIT_REF_NAME": "main",
    "CI_COMMIT_SHA": "def456",
}
HOSTED = {*GITHUB, *GITLAB, "SITE_ADDRESS", "CI_PAGES_URL"}


def sample():
    cells = [new_markdown_cell("# Title\n\nText."), new_code_cell("SEED = 0", id="seed")]
    return new_notebook(cells=cells, metadata=KERNEL)


def build(folder, environ):
    """A book of one notebook, built with the book's own settings. Returns the notebook's page."""
    (folder / "chapters").mkdir()
    nbformat.write(sample(), folder / "chapters/sample.ipynb")
    (folder / "intro.md").write_text("# Book\n")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: intro\nchapters:\n  - file: chapters/sample\n"
    )
    shutil.copy(ROOT / "_config.yml", folder)
    for name in ("tools", "_static", "_templates"):
        shutil.copytree(ROOT / name, folder / name)
    clean = {key: value for key, value in os.environ.items() if key not in HOSTED}
    command = [Path(sys.executable).with_name("jupyter-book"), "build", folder, "-W", "-q"]
    result = subprocess.run(command, env=clean | environ, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return (folder / "_build/html/chapters/sample.html").read_text(encoding="utf-8")


def test_repository_comes_from_the_environment():
    assert hosting.repository({}) is None
    assert hosting.repository({"GITHUB_SERVER_URL": "https://github.com"}) is None
    found = hosting.repository(GITHUB)
    assert found == ("https://github.com/ada/book", "github", "trunk", "abc123")
    assert hosting.repository(GITLAB).provider == "gitlab"


def test_pages_of_a_github_build_point_at_that_repository(tmp_path):
    page = build(tmp_path, GITHUB)
    for url in (
        "https://colab.research.google.com/github/ada/book/blob/launch/chapters/sample.ipynb",
        "https://mybinder.org/v2/gh/ada/book/launch?urlpath=lab/tree/chapters/sample.ipynb",
        "https://github.com/ada/book/blob/trunk/chapters/sample.ipynb",
        "https://github.com/ada/book/issues/new",
    ):
        assert url in page
    assert 'property="og:title" content="Title"' in page and "og:image" not in page
    offered = json.loads((tmp_path / "_build/html/_sources/chapters/sample.ipynb").read_text())
    assert "blocks[teaching] @ git+https://github.com/ada/book@abc123" in str(offered["cells"][0])


def test_address_of_the_site_comes_from_the_environment():
    assert hosting.site_address({}) is None
    assert hosting.site_address({"SITE_ADDRESS": "https://ada.example/book/"}).endswith("book")
    assert hosting.site_address({"CI_PAGES_URL": "https://a.b"}) == "https://a.b"


def test_pages_of_a_gitlab_build_have_no_button_that_does_not_work(tmp_path):
    page = build(tmp_path, GITLAB | {"CI_PAGES_URL": "https://group.example/book"})
    preview = 'property="og:image" content="https://group.example/book/_static/screenshot.png"'
    assert preview in page and 'rel="canonical"' in page
    assert "https://git.example.org/group/part/book/-/issues/new" in page
    assert "colab" not in page and "mybinder" not in page


@pytest.mark.parametrize("times", [1, 2])
def test_launch_notebook_installs_blocks_once_and_first(times):
    notebook = sample()
    for revision in ("old", "new")[-times:]:
        launch.add_install_cell(notebook, "https://example.org/book", revision)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells].count(launch.CELL_ID) == 1
    assert notebook.cells[0].source.endswith('git+https://example.org/book@new"')
    assert notebook.cells[1].source.startswith("# Title")


def test_launch_notebook_brings_the_script_that_it_imports(tmp_path, monkeypatch):
    notebook = sample()
    notebook.cells.append(nbformat.v4.new_code_cell("import two_workers"))
    launch.add_install_cell(notebook, "https://example.org/book", "new")
    monkeypatch.chdir(tmp_path)
    exec(notebook.cells[0].source.split("# A script")[1].partition("\n")[2])
    script = launch.CHAPTERS / "two_workers.py"
    assert (tmp_path / "two_workers.py").read_bytes() == script.read_bytes()


def test_launch_rewrites_a_folder(tmp_path, monkeypatch):
    (tmp_path / "chapters").mkdir()
    nbformat.write(sample(), tmp_path / "chapters/sample.ipynb")
    monkeypatch.setattr(sys, "argv", ["launch.py", str(tmp_path), "https://example.org/b", "f00"])
    launch.main()
    notebook = nbformat.read(tmp_path / "chapters/sample.ipynb", as_version=4)
    assert notebook.cells[0].id == launch.CELL_ID
    assert (tmp_path / "runtime.txt").read_text() == "python-3.12\n"
