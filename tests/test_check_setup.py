"""The set-up check: a good machine, and broken ones; each is told what to do, on each system."""

import builtins
import platform
import runpy
import shutil
import sys
import tomllib
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import keras
import psutil
import pytest

from blocks.teaching import check_setup, data

SETTINGS = Path(__file__).resolve().parent.parent / "pyproject.toml"
SYSTEMS = ("Windows", "Darwin", "Linux")
Free = namedtuple("Free", "available free")


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the check with room enough; returns its exit status and what it said."""
    roomy = Free(8 * check_setup.GIB, 8 * check_setup.GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: roomy)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: roomy)

    def call():
        status = check_setup.main()
        return status, capsys.readouterr().out

    return call


@pytest.fixture
def installed(monkeypatch):
    """Makes packages have other versions, None for missing."""

    def change(**versions):
        real = metadata.version

        def version(name):
            other = versions.get(name.replace("-", "_"), name)
            if other is None:
                raise metadata.PackageNotFoundError(name)
            return real(name) if other == name else other

        monkeypatch.setattr(metadata, "version", version)

    return change


def test_good_machine(run, capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "blocks.teaching.check_setup")
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("blocks.teaching.check_setup", run_name="__main__")
    said = capsys.readouterr().out
    assert stop.value.code == 0, said
    assert said.count("\nok ") == len(check_setup.CHECKS) and "\nReady." in said
    assert f"keras {keras.__version__}" in said and said.isascii()


# Each machine: what is wrong, what the check says of it, and what it says to do.
BROKEN = {
    "old Keras": (dict(keras="2.15.0"), "keras is 2.15.0, 3.15 or newer", "pip install -r"),
    "no scikit-learn": (dict(scikit_learn=None), "scikit-learn is missing", "pip install -r"),
    "no TensorFlow": (dict(tensorflow=None, tensorflow_cpu=None), "tensorflow is missing", "pip"),
    "no Jupyter": (dict(ipykernel=None), "ipykernel is missing", "pip install -r"),
}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("machine", BROKEN)
def test_packages_that_are_old_or_missing(machine, system, run, installed, monkeypatch):
    versions, message, remedy = BROKEN[machine]
    installed(**versions)
    monkeypatch.setattr(platform, "system", lambda: system)
    status, said = run()
    assert status == 1 and "Not ready: 1 to mend" in said and said.isascii()
    assert f"NOT YET {message}" in said and remedy in said
    assert ("Activate.ps1" in said) == (system == "Windows")
    assert said.count("not tried before the packages are right") == 3


def test_tensorflow_without_gpu_is_tensorflow(installed):
    installed(tensorflow=None, tensorflow_cpu="2.21.0")
    assert check_setup.version("tensorflow") == "2.21.0"


@pytest.mark.parametrize(
    ("system", "tool"), list(zip(SYSTEMS, ("Task Manager", "Activity Monitor", "top -o %MEM")))
)
def test_too_little_memory(system, tool, run, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Free(0.5 * check_setup.GIB, 0))
    status, said = run()
    assert status == 1 and "NOT YET 0.5 GB of memory free, 2 GB are needed." in said
    assert tool in said and "not tried" not in said


@pytest.mark.parametrize(
    ("system", "tool"), list(zip(SYSTEMS, ("recycle bin", "System Settings", "du -sh")))
)
def test_full_disk(system, tool, run, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Free(0, 0.1 * check_setup.GIB))
    status, said = run()
    assert status == 1 and "NOT YET 0.1 GB of disk free, 1 GB is needed." in said and tool in said


@pytest.mark.parametrize(
    ("system", "tool"),
    list(zip((*SYSTEMS, "Plan9"), ("py -3.12", "brew", "apt install", "apt install"))),
)
@pytest.mark.parametrize("found", [(3, 10), (3, 14)])
def test_another_python(found, system, tool, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(sys, "version_info", (*found, 1, "final", 0))
    with pytest.raises(check_setup.NotReady) as stop:
        check_setup.python()
    assert str(stop.value) == f"Python 3.{found[1]}: the book needs 3.11 to 3.13."
    assert tool in stop.value.remedy


def test_data_that_cannot_be_read(run, monkeypatch):
    def broken():
        raise OSError("no such file")

    monkeypatch.setattr(data, "digits", broken)
    status, said = run()
    assert status == 1 and "NOT YET The data cannot be read: OSError('no such file')" in said
    assert "--force-reinstall scikit-learn matplotlib" in said


@pytest.mark.parametrize(
    ("system", "word"), list(zip(SYSTEMS, ("Visual C++ Redistributable", "arm64", "AVX")))
)
def test_tensorflow_that_does_not_load(system, word, run, monkeypatch):
    real = builtins.__import__

    def no_keras(name, *rest):
        if name == "keras":
            raise ImportError("DLL load failed")
        return real(name, *rest)

    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(builtins, "__import__", no_keras)
    status, said = run()
    assert status == 1 and "A training step fails: ImportError('DLL load failed')" in said
    assert word in said


def test_another_backend(run, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    status, said = run()
    assert status == 1 and "Keras uses the backend jax" in said and "KERAS_BACKEND" in said


def test_oldest_versions_are_those_of_the_package():
    project = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["project"]
    bounds = {}
    for line in project["dependencies"] + project["optional-dependencies"]["teaching"]:
        name, _, version = line.partition(">=")
        bounds[name] = tuple(map(int, version.split("."))) if version else ()
    assert bounds.items() <= check_setup.PACKAGES.items()
    lowest, below = (check_setup.PYTHONS[0], (3, check_setup.PYTHONS[1][1] + 1))
    spelled = ">={}.{},<{}.{}".format(*lowest, *below)
    assert project["requires-python"] == spelled
