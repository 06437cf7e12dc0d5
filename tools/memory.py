"""Measures what the kernel of each notebook needs: memory at its peak, and processor time.

python tools/memory.py [NOTEBOOK ...]

The figures are the kernel's own (getrusage), after it ran the whole notebook. Linux and macOS only.
"""

import json
import platform
import sys
from pathlib import Path

import nbformat
from execute import CHAPTERS, run

ASK = """
import json, resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_maxrss, used.ru_utime + used.ru_stime]))
"""
UNIT = 1 if platform.system() == "Darwin" else 1024  # bytes that ru_maxrss counts in


def measure(path):
    """The peak in GiB, the seconds of processor time, and the seconds after the set-up cell."""
    notebook, seconds = run(
        path, prepare=lambda notebook: notebook.cells.append(nbformat.v4.new_code_cell(ASK))
    )
    peak, busy = json.loads(notebook.cells[-1].outputs[0].text)
    return peak * UNIT / 2**30, busy, seconds


def main():
    print(f"{'chapter':16}{'peak GiB':>10}{'CPU s':>8}{'s':>6}")
    for path in [Path(name) for name in sys.argv[1:]] or sorted(CHAPTERS.glob("*.ipynb")):
        peak, busy, seconds = measure(path)
        print(f"{path.stem:16}{peak:10.2f}{busy:8.0f}{seconds:6.0f}", flush=True)


if __name__ == "__main__":
    main()
