"""Tells whether a machine is ready for the book, and what to do if it is not.

python -m blocks.teaching.check_setup

It takes about half a minute. Where even Keras is missing, `blocks` cannot be imported: run the file
itself, python blocks/teaching/check_setup.py. Lines are plain ASCII: not every console has more.
"""

import os
import platform
import re
import shutil
import sys
from importlib import metadata

# The oldest versions that the book runs with; tests/test_check_setup.py compares pyproject.toml.
PYTHONS = ((3, 11), (3, 13))
PACKAGES = {
    "blocks": (),
    "keras": (3, 15),
    "tensorflow": (2, 16),
    "matplotlib": (3, 9),
    "scikit-learn": (1, 5),
    "ipython": (),
    "ipykernel": (),
    "pygments": (2, 15),
}
ALSO_AS = {"tensorflow": ("tensorflow-cpu",)}
GIB = 2**30
MEMORY, DISK = 2 * GIB, GIB  # free; the heaviest chapter's kernel needs less: see hub/README.md

# What to do, in words for each system.
ACTIVATE = {
    "Windows": r"in PowerShell, in the project's folder:  .venv\Scripts\Activate.ps1",
    "Darwin": "in Terminal, in the project's folder:  . .venv/bin/activate",
    "Linux": "in a terminal, in the project's folder:  . .venv/bin/activate",
}
NEW_PYTHON = {
    "Windows": (
        "Install Python 3.12 from python.org, then make a new environment in PowerShell:\n"
        "py -3.12 -m venv .venv"
    ),
    "Darwin": (
        "Install Python 3.12 from python.org or with: brew install python@3.12\n"
        "Then make a new environment: python3.12 -m venv .venv"
    ),
    "Linux": (
        "Install Python 3.12 with the tool of your distribution, such as:\n"
        "sudo apt install python3.12 python3.12-venv\n"
        "Then make a new environment: python3.12 -m venv .venv"
    ),
}
MORE_MEMORY = {
    "Windows": "See what uses it in the Task Manager (Ctrl+Shift+Esc, sort by Memory).",
    "Darwin": "See what uses it in the Activity Monitor (Memory).",
    "Linux": "See what uses it with: top -o %MEM",
}
MORE_DISK = {
    "Windows": "Settings, System, Storage shows what can go. Empty the recycle bin.",
    "Darwin": "System Settings, General, Storage shows what can go. Empty the bin.",
    "Linux": "See what is large with: du -sh ~/* | sort -h",
}
NO_TRAINING = {
    "Windows": (
        'If the message names a DLL: install the "Microsoft Visual C++ Redistributable", '
        "restart, and try again."
    ),
    "Darwin": (
        "A Mac with an Intel processor has no current TensorFlow: use Colab. On others use a "
        "Python for arm64, not one under Rosetta."
    ),
    "Linux": "If the message names an illegal instruction: the processor lacks AVX; use Colab.",
}


class NotReady(Exception):
    """Something is missing: the message says what, `remedy` what to do about it."""

    def __init__(self, message, remedy):
        super().__init__(message)
        self.remedy = remedy


def advice(words):
    """What to do on this system; on an unknown one, what to do on Linux."""
    return words.get(platform.system(), words["Linux"])


def python():
    found = sys.version_info[:2]
    first, last = (".".join(map(str, version)) for version in PYTHONS)
    if not PYTHONS[0] <= found <= PYTHONS[1]:
        message = f"Python {found[0]}.{found[1]}: the book needs {first} to {last}."
        raise NotReady(message, advice(NEW_PYTHON))
    return f"Python {platform.python_version()}"


def version(package):
    """The installed version of a package as text, or None."""
    for name in (package, *ALSO_AS.get(package, ())):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return None


def packages():
    found = {package: version(package) for package in PACKAGES}
    wrong = []
    for package, oldest in PACKAGES.items():
        least = ".".join(map(str, oldest))
        if found[package] is None:
            wrong.append(f"{package} is missing")
        elif tuple(map(int, re.findall(r"\d+", found[package])[:2])) < oldest:
            wrong.append(f"{package} is {found[package]}, {least} or newer is needed")
    if wrong:
        remedy = f"Turn on the environment, {advice(ACTIVATE)}\n"
        remedy += "Then: python -m pip install -r requirements.txt"
        raise NotReady("; ".join(wrong) + ".", remedy)
    return ", ".join(f"{package} {found[package]}" for package in PACKAGES)


def memory():
    import psutil  # comes with ipykernel

    free = psutil.virtual_memory().available
    message = f"{free / GIB:.1f} GB of memory free"
    if free < MEMORY:
        remedy = "Close the browser, other programs and other notebooks. " + advice(MORE_MEMORY)
        remedy += "\nIf it stays so, run one chapter at a time, or use Colab."
        raise NotReady(f"{message}, {MEMORY / GIB:.0f} GB are needed.", remedy)
    return message


def disk():
    free = shutil.disk_usage(".").free
    message = f"{free / GIB:.1f} GB of disk free"
    if free < DISK:
        raise NotReady(f"{message}, {DISK / GIB:.0f} GB is needed.", advice(MORE_DISK))
    return message


def data():
    try:
        from blocks.teaching import data

        data.digits(), data.photograph(), data.text(), data.eeg()
    except Exception as error:
        remedy = "They come with packages; install these again:\n"
        remedy += "python -m pip install --force-reinstall scikit-learn matplotlib"
        raise NotReady(f"The data cannot be read: {error!r:.300}", remedy) from error
    return "the data of the chapters: digits, photographs, text, a series"


def training():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import keras
        import numpy as np

        from blocks import dense_block

        model = keras.Sequential([keras.Input((4,)), dense_block([8]), keras.layers.Dense(1)])
        model.compile(optimizer="sgd", loss="mse")
        loss = model.train_on_batch(np.ones((8, 4)), np.ones((8, 1)))
        loss = float(np.asarray(loss).ravel()[0])
        backend = keras.backend.backend()
    except Exception as error:
        remedy = advice(NO_TRAINING)
        raise NotReady(f"A training step fails: {error!r:.300}", remedy) from error
    if backend != "tensorflow":
        remedy = "Take the variable KERAS_BACKEND out of your environment, or set it to tensorflow."
        raise NotReady(f"Keras uses the backend {backend}, the book tensorflow.", remedy)
    return f"one training step, its loss {loss:.2g}"


CHECKS = (python, packages, memory, disk, data, training)
NEED_PACKAGES = {memory, data, training}


def main():
    """Prints a line for each check, and what to do; returns the exit status."""
    failed = []
    print(f"Is this machine ready? {platform.system()}, {sys.executable}\n")
    for check in CHECKS:
        if packages in failed and check in NEED_PACKAGES:
            print(f"--      {check.__name__}: not tried before the packages are right")
            continue
        try:
            print(f"ok      {check()}", flush=True)
        except NotReady as missing:
            failed.append(check)
            remedy = str(missing.remedy).replace("\n", "\n        ")
            print(f"NOT YET {missing}\n        {remedy}", flush=True)
    if failed:
        print(f"\nNot ready: {len(failed)} to mend, from the top. Then run this again.")
        return 1
    print("\nReady.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
