"""Runs notebooks in fresh kernels and stores their outputs: no output gets there another way.

python tools/execute.py [NOTEBOOK ...] [--seed N]

With --seed nothing is stored: the cell tagged `parameters` becomes `SEED = N`, and the notebook's
own assertions decide whether it passes.
"""

import argparse
import datetime
import math
import re
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
TIMEOUT = 300  # seconds for one cell
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class Failed(Exception):
    """A notebook that stopped with an error or wrote to stderr."""


def tagged(notebook, tag):
    """The index of the first cell that carries the tag."""
    for index, cell in enumerate(notebook.cells):
        if tag in cell.metadata.get("tags", []):
            return index
    raise Failed(f"no cell is tagged `{tag}`")


def run(path, seed=None, prepare=None):
    """Runs one notebook from its own folder. Returns it, and the seconds after its set-up cell."""
    notebook = nbformat.read(path, as_version=4)
    if seed is not None:
        notebook.cells[tagged(notebook, "parameters")].source = f"SEED = {seed}"
    if prepare is not None:
        prepare(notebook)
    setup, ends = tagged(notebook, "setup"), {}

    def note_end(cell, cell_index, execute_reply):
        ends[cell_index] = time.perf_counter()

    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(Path(path).resolve().parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        on_cell_executed=note_end,
    )
    try:
        client.execute(stderr=subprocess.DEVNULL)  # the kernel's own log, not the notebook's output
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise Failed(ANSI.sub("", str(error)).strip()) from None
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise Failed(f"cell {number} raised {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                raise Failed(f"cell {number} wrote to stderr:\n{cell.source}\n---\n{output.text}")
    return notebook, max(ends.values()) - ends[setup]


def tensorflow_version():
    try:
        return version("tensorflow")
    except PackageNotFoundError:
        return version("tensorflow-cpu")


def store(notebook, path, seconds):
    """Writes an executed notebook with the metadata that the foot of its page is made from."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.update(KERNEL)
    notebook.metadata.setdefault("book", {}).update(
        keras=version("keras"),
        tensorflow=tensorflow_version(),
        executed=datetime.date.today().isoformat(),
        seconds=max(1, math.ceil(seconds)),
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of this run
        cell.metadata.pop("lines_to_next_cell", None)  # left by jupytext
    nbformat.write(notebook, path)


def attempt(path, seed=None):
    """Runs one notebook, and stores it unless a seed is given. Returns whether it passed."""
    label = Path(path).name if seed is None else f"{Path(path).name}, seed {seed}"
    try:
        notebook, seconds = run(path, seed)
    except Failed as failure:
        print(f"FAILED  {label}\n{failure}\n", file=sys.stderr, flush=True)
        return False
    if seed is None:
        store(notebook, path, seconds)
    print(f"passed  {seconds:6.1f} s  {label}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in chapters/")
    parser.add_argument("--seed", type=int, help="run with this SEED, store nothing")
    arguments = parser.parse_args()
    notebooks = arguments.notebooks or sorted(CHAPTERS.glob("*.ipynb"))
    results = [attempt(path, arguments.seed) for path in notebooks]
    sys.exit(0 if all(results) else f"{results.count(False)} of {len(results)} notebooks failed")


if __name__ == "__main__":
    main()
