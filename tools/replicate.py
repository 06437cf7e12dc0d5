"""Runs every notebook with seeds 1 to 4, outputs not compared, assertions kept; prints a table.

python tools/replicate.py [NOTEBOOK ...]
"""

import sys
from pathlib import Path

from execute import CHAPTERS, attempt

SEEDS = (1, 2, 3, 4)


def main():
    notebooks = [Path(name) for name in sys.argv[1:]] or sorted(CHAPTERS.glob("*.ipynb"))
    table = {path.stem: [attempt(path, seed) for seed in SEEDS] for path in notebooks}
    width = max(len(name) for name in ["notebook", *table])
    print("\n" + "notebook".ljust(width), *(f"seed {seed}".rjust(12) for seed in SEEDS))
    for name, results in table.items():
        cells = (f"{'pass' if passed else 'FAIL'} {seconds:5.1f} s" for passed, seconds in results)
        print(name.ljust(width), *(cell.rjust(12) for cell in cells))
    failures = sum(not passed for results in table.values() for passed, _ in results)
    sys.exit(f"{failures} runs failed" if failures else 0)


if __name__ == "__main__":
    main()
