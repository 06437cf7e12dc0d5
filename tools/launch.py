"""Makes notebooks that open outside the project: they install `blocks` where it is missing.

python tools/launch.py FOLDER ADDRESS REVISION

rewrites every notebook in FOLDER/chapters, and adds what Binder needs. The workflow runs it on a
copy of the tree and pushes the result as the branch `launch`, which the buttons point to.
"""

import re
import sys
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
BRANCH = "launch"
CELL_ID = "install-blocks"


def add_install_cell(notebook, address, revision):
    """Puts a first cell into the notebook that installs `blocks` at this revision."""
    requirement = f"blocks[teaching] @ git+{address}@{revision}"
    source = (
        "# The book's own environment has `blocks` already; Colab gets it here.\n"
        "from importlib.util import find_spec\n\n"
        'if find_spec("blocks") is None:\n'
        f'    %pip install -q "{requirement}"'
    )
    if notebook.cells and notebook.cells[0].id == CELL_ID:
        notebook.cells.pop(0)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for module in sorted(CHAPTERS.glob("*.py")):
        if re.search(rf"^import {module.stem}$", code, flags=re.M):
            text = module.read_text(encoding="utf-8")
            source += (
                f"\n\n# A script that stands beside the chapter.\nfrom pathlib import Path\n\n"
                f'_ = Path("{module.name}").write_text({text!r}, encoding="utf-8")'
            )
    cell = nbformat.v4.new_code_cell(source, id=CELL_ID)
    notebook.cells.insert(0, cell)


def rewrite(path, address, revision):
    notebook = nbformat.read(path, as_version=4)
    add_install_cell(notebook, address, revision)
    nbformat.write(notebook, path)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, address, revision = Path(sys.argv[1]), *sys.argv[2:]
    for path in sorted(folder.glob("chapters/*.ipynb")):
        rewrite(path, address, revision)
        print(path)
    (folder / "runtime.txt").write_text("python-3.12\n")  # Binder's own choice may be older


if __name__ == "__main__":
    main()
