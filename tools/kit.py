"""Packs what a room without a network needs into one ZIP: site, notebooks, slides, wheels.

Run by `make kit`, after the site and the workshop's files are built. Wheels are packed if
tools/wheels.py has gathered them.
"""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
NAME = "building-blocks-kit"
FOLDERS = {  # in the ZIP: where it comes from
    "site": BUILD / "html",
    "student": BUILD / "workshop/student",
    "instructor": BUILD / "workshop/instructor",
    "live": BUILD / "workshop/live",
    "slides": BUILD / "workshop/slides",
}
WHEELS = ROOT / "dist/wheels"
START = """\
Building Blocks of Neural Networks: the workshop kit

site/index.html     the book; open it in a browser, no network needed
student/            notebooks without solutions, for learners
instructor/         the same with notes and solutions: keep it from learners
live/               notebooks for live coding, with catch-up cells
slides/             slides of each chapter: arrows go on, s opens the notes, f fills the screen
wheels/             what to install, one folder a system, if it was gathered

To install without a network, with the Python that the wheels are for:

    python -m venv .venv
    (Windows: .venv\\Scripts\\Activate.ps1, others: . .venv/bin/activate)
    pip install --no-index --find-links wheels/SYSTEM -r wheels/SYSTEM/requirements.txt
    python -m blocks.teaching.check_setup
    jupyter lab student
"""


def files():
    """Pairs of a file and its path in the ZIP."""
    folders = FOLDERS | ({"wheels": WHEELS} if WHEELS.is_dir() else {})
    for name, folder in folders.items():
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        if not found:
            sys.exit(f"{folder} is missing: run `make kit`")
        for path in found:
            yield path, f"{NAME}/{name}/{path.relative_to(folder).as_posix()}"


def main():
    target = BUILD / f"{NAME}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kit:
        kit.writestr(f"{NAME}/START.txt", START)
        for path, place in files():
            stored = path.suffix == ".whl"  # packed already
            kit.write(path, place, zipfile.ZIP_STORED if stored else None)
    print(f"_build/{target.name}, {target.stat().st_size / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
