"""The files for JupyterHub and for rooms without a network, as far as no registry is needed."""

import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
import wheels
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "hub/Dockerfile").read_text(encoding="utf-8")
VALUES = yaml.safe_load((ROOT / "hub/values.yaml").read_text(encoding="utf-8"))
GUIDE = (ROOT / "hub/README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def instructions():
    """The Dockerfile's instructions, each a keyword and what follows."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.M))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def commands():
    """What RUN runs, command by command, as lists of words."""
    lines = [rest for word, rest in instructions() if word == "RUN"]
    return [shlex.split(command) for line in lines for command in line.split("&&")]


def gigabytes(text):
    return float(re.fullmatch(r"([\d.]+)G", text)[1])


def test_dockerfile_is_made_of_instructions():
    known = {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "CMD"}
    words = [word for word, _ in instructions()]
    assert set(words) <= known and words[0] == "FROM" and words[-1] == "CMD"


def test_image_has_a_python_of_the_book():
    version = re.search(r"^FROM python:(\d+\.\d+)-slim$", DOCKERFILE, flags=re.M)[1]
    assert Version(version) in SpecifierSet(PROJECT["requires-python"])


def test_what_is_copied_is_there():
    for word, rest in instructions():
        if word == "COPY":
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists(), name
    for name in re.findall(r"(?:tools|blocks)/[\w/]+\.py", DOCKERFILE):
        assert (ROOT / name).is_file(), name


def test_commands_in_the_dockerfile_exist():
    found = commands()
    assert found
    for command in found:
        assert shutil.which(command[0]) or command[0] in ("useradd", "python"), command
        if command[:2] == ["python", "-m"]:
            assert (ROOT / (command[2].replace(".", "/") + ".py")).is_file(), command
        elif command[0] == "python":
            assert (ROOT / command[1]).is_file(), command


def test_hub_and_its_servers_have_the_same_version():
    server = re.search(r"jupyterhub==([\d.]+)", DOCKERFILE)[1]
    hub = re.search(r"JupyterHub ([\d.]+)", GUIDE)[1]
    assert server == hub, "the README names the version that comes with the chart"


def test_values_name_what_the_chart_knows():
    assert set(VALUES) == {"hub", "singleuser", "scheduling", "prePuller", "cull"}
    user = VALUES["singleuser"]
    assert gigabytes(user["memory"]["guarantee"]) <= gigabytes(user["memory"]["limit"])
    assert user["cpu"]["guarantee"] <= user["cpu"]["limit"]
    assert f"--tag {user['image']['name']}:{user['image']['tag']}" in DOCKERFILE
    assert f"WORKDIR {user['storage']['homeMountPath']}\n" in DOCKERFILE
    copied = user["lifecycleHooks"]["postStart"]["exec"]["command"][-1]
    assert "/srv/book/_build/workshop/student" in copied and "WORKDIR /srv/book" in DOCKERFILE


def test_memory_and_processors_are_what_was_measured():
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| (\d+) \|$", GUIDE, flags=re.M)
    assert len(rows) >= 3, "the table of measurements"
    peaks = [float(peak) for _, peak, _ in rows]
    memory, cpu = VALUES["singleuser"]["memory"], VALUES["singleuser"]["cpu"]
    assert max(peaks) < gigabytes(memory["guarantee"]), "one kernel fits what is guaranteed"
    assert 2 * max(peaks) <= gigabytes(memory["limit"]), "and two fit the limit"
    threads = re.search(r"TF_NUM_INTRAOP_THREADS=(\d)", DOCKERFILE)[1]
    assert int(threads) == cpu["limit"]
    for name, *_ in rows:
        assert (ROOT / f"chapters/{name}.ipynb").is_file()


# ------------------------------------------------------------------ wheels, without a network


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", wheels.SYSTEMS)
def test_each_system_gets_the_versions_of_the_lock(system, python):
    pins = wheels.pins(system, python)
    names = [re.split("==", pin)[0] for pin in pins]
    assert len(names) == len(set(names)), "each package once"
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert ("tensorflow-cpu" in names) == (system == "linux")
    assert ("tensorflow" in names) == (system != "linux")
    assert ("pywinpty" in names) == (system == "windows")
    assert ("appnope" in names) == (system == "macos")
    direct = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    for line in direct:
        if line and line[0] not in "#-":
            pin = Requirement(line)
            assert f"{pin.name}{pin.specifier}" in pins or pin.marker is not None


def test_command_for_another_system(tmp_path):
    command = wheels.download("windows", "3.12", tmp_path)
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    text = " ".join(command)
    for words in (
        "--only-binary=:all:",
        "--no-deps",
        "--platform win_amd64",
        "--python-version 3.12",
        f"--requirement {tmp_path / 'requirements.txt'}",
    ):
        assert words in text
    mac = wheels.download("macos", "3.12", tmp_path)
    assert "macosx_12_0_arm64" in mac and mac.count("--platform") == 4


def test_pip_knows_the_options(tmp_path):
    from pip._internal.commands import create_command

    for build in (wheels.download("linux", "3.12", tmp_path), wheels.build(tmp_path)):
        create_command(build[3]).parse_args(build[4:])


def test_folder_is_filled_in_order(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(wheels, "OUT", tmp_path)
    monkeypatch.setattr(wheels.subprocess, "run", lambda command, check: ran.append(command))
    wheels.gather("macos", "3.12")
    listed = (tmp_path / "macos/requirements.txt").read_text().split("\n")
    assert [command[3] for command in ran] == ["download", "wheel"]
    assert listed[:-2] == wheels.pins("macos", "3.12") and listed[-2:] == ["blocks", ""]


def test_command_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["wheels.py", "--dry-run", "linux", "windows"])
    wheels.main()
    said = capsys.readouterr().out
    assert said.count("pip download") == 2 and "manylinux_2_28_x86_64" in said
    monkeypatch.setattr(sys, "argv", ["wheels.py", "beos"])
    with pytest.raises(SystemExit):
        wheels.main()
