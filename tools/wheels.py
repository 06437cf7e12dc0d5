"""Gathers the wheels of every pinned package for the systems of a room without a network.

python tools/wheels.py [--python 3.12] [--dry-run] [SYSTEM ...]

Run it where there is a network; the folders go to dist/wheels/SYSTEM. In the room, in an
environment of the same Python:

pip install --no-index --find-links wheels/SYSTEM -r wheels/SYSTEM/requirements.txt

pip decides by its own system which packages another one needs, so constraints.txt, which has the
conditions of all, is read here, and pip is given the list.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "dist/wheels"


class System(NamedTuple):
    platforms: list  # the names of wheels that it can install
    markers: dict  # what conditions in constraints.txt ask for


def posix(system, name, machine):
    return {
        "sys_platform": system,
        "platform_system": name,
        "platform_machine": machine,
        "os_name": "posix",
    }


SYSTEMS = {
    "windows": System(
        ["win_amd64"],
        {
            "sys_platform": "win32",
            "platform_system": "Windows",
            "platform_machine": "AMD64",
            "os_name": "nt",
        },
    ),
    "macos": System(  # Apple's own processors; TensorFlow has no wheels for Intel's any more
        [f"macosx_{version}_0_arm64" for version in (14, 13, 12, 11)],
        posix("darwin", "Darwin", "arm64"),
    ),
    "linux": System(
        [f"manylinux_2_{version}_x86_64" for version in range(28, 4, -1)]
        + ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
        posix("linux", "Linux", "x86_64"),
    ),
}


def pins(system, python):
    """The packages that a system needs, each as `name==version`."""
    markers = SYSTEMS[system].markers | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return [
        f"{pin.name}{pin.specifier}"
        for pin in pinned
        if pin.marker is None or pin.marker.evaluate(markers)
    ]


def download(system, python, folder):
    """The command that fetches the wheels of the packages."""
    platforms = [word for name in SYSTEMS[system].platforms for word in ("--platform", name)]
    return [
        *(sys.executable, "-m", "pip", "download", "--dest", str(folder)),
        *("--only-binary=:all:", "--no-deps", "--implementation", "cp"),
        *("--python-version", python, *platforms),
        *("--requirement", str(folder / "requirements.txt")),
    ]


def build(folder):
    """The command that makes the wheel of `blocks` itself."""
    return [
        *(sys.executable, "-m", "pip", "wheel", "--no-deps"),
        *("--wheel-dir", str(folder), str(ROOT)),
    ]


def gather(system, python):
    """Fills the folder of one system."""
    folder = OUT / system
    folder.mkdir(parents=True, exist_ok=True)
    names = folder / "requirements.txt"
    names.write_text("\n".join(pins(system, python)) + "\n", encoding="utf-8")
    subprocess.run(download(system, python, folder), check=True)
    subprocess.run(build(folder), check=True)
    with names.open("a", encoding="utf-8") as file:
        file.write("blocks\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--python", default="3.12", help="the room's Python (default: 3.12)")
    parser.add_argument("--dry-run", action="store_true", help="print the commands only")
    arguments = parser.parse_args()
    unknown = set(arguments.systems) - set(SYSTEMS)
    if unknown:
        parser.error(f"no such system: {', '.join(sorted(unknown))}; there are {list(SYSTEMS)}")
    for system in arguments.systems or SYSTEMS:
        if arguments.dry_run:
            print(*download(system, arguments.python, OUT / system))
            print(*build(OUT / system))
        else:
            gather(system, arguments.python)


if __name__ == "__main__":
    main()
