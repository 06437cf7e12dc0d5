"""Runs every notebook with seeds 0 to 4, outputs not compared, and prints what each claim measured.

python tools/replicate.py [NOTEBOOK ...]

A claim is an `assert` with a message. The table has its two sides for every seed, so that you see
how wide its margin is; a notebook whose assertions do not all hold makes the command fail.
"""

import ast
import json
import sys
from pathlib import Path

import nbformat
from execute import CHAPTERS, Failed, run

SEEDS = (0, 1, 2, 3, 4)
RECORDER = """
CLAIMS = {}


def _record(claim, *sides):
    try:
        sides = [f"{float(side):.3g}" for side in sides]
    except (TypeError, ValueError):
        sides = [str(all(sides))]
    CLAIMS.setdefault(claim, " | ".join(sides))
"""


class Recorder(ast.NodeTransformer):
    """Records the sides of each comparison that an `assert` with a message makes."""

    def visit_Assert(self, node):
        if node.msg is None:
            return node
        sides = [node.test]
        if isinstance(node.test, ast.Compare):
            sides = [node.test.left, *node.test.comparators]
        record = ast.Call(ast.Name("_record", ast.Load()), [node.msg, *sides], [])
        return [ast.Expr(record), node]


def instrument(notebook):
    """Adds the recorder to the parameters cell, its calls to the others, and a last cell."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        tree = Recorder().visit(ast.parse(cell.source))
        cell.source = ast.unparse(ast.fix_missing_locations(tree))
    code[0].source += RECORDER
    notebook.cells.append(nbformat.v4.new_code_cell("import json; print(json.dumps(CLAIMS))"))


def replicate(path):
    """Prints the claims of one notebook, seed by seed. Returns whether all of them held."""
    claims, status = {}, {}
    for seed in SEEDS:
        try:
            notebook, seconds = run(path, seed, instrument)
        except Failed as failure:
            status[seed] = "FAIL"
            print(f"{path.name}, seed {seed}\n{failure}\n", file=sys.stderr, flush=True)
            continue
        status[seed] = f"{seconds:.0f} s"
        for claim, sides in json.loads(notebook.cells[-1].outputs[0].text).items():
            claims.setdefault(claim, {})[seed] = sides
    print(f"\n{path.stem}: " + ", ".join(f"seed {seed} {status[seed]}" for seed in SEEDS))
    for claim, values in claims.items():
        print(f"  {claim}\n    " + "   ".join(values.get(seed, "-") for seed in SEEDS))
    sys.stdout.flush()
    return "FAIL" not in status.values()


def main():
    notebooks = [Path(name) for name in sys.argv[1:]] or sorted(CHAPTERS.glob("*.ipynb"))
    failed = [path.stem for path in notebooks if not replicate(path)]
    sys.exit(f"not every claim held in: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
