"""What the tests share: XLA in a hurry, the built site, the table of what its pages cost."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")

# XLA compiles without optimizing and without fusing, in half the time.
XLA_FLAGS = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
os.environ.setdefault("XLA_FLAGS", XLA_FLAGS)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site and what the build said: built once, by the process that comes first.

    Every warning is an error, and nothing of a host is in the environment.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, log = shared / "site", shared / "site.log"
    try:
        folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 600
        while not log.exists() and time.monotonic() < deadline:
            time.sleep(0.5)
    else:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("CI_")}
        environ.pop("GITHUB_REPOSITORY", None)
        command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT]
        command += ["--path-output", folder, "-W", "--keep-going", "-n"]
        build = subprocess.run(command, env=environ, capture_output=True, text=True)
        said = f"{build.returncode}\n{build.stdout}{build.stderr}"
        log.with_suffix(".new").write_text(said, encoding="utf-8")
        log.with_suffix(".new").rename(log)  # whole, when the others see it
    status, said = log.read_text(encoding="utf-8").split("\n", 1)
    assert status == "0", said
    return folder / "_build/html"


@pytest.fixture(scope="session")
def browser():
    """The one browser of a process: Playwright does not start twice."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=found)
        except Error:
            missing = "no browser: install Chromium, or run .venv/bin/playwright install chromium"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        yield launched
        launched.close()


def pytest_terminal_summary(terminalreporter):
    """The figures of every page that tests/test_site.py measured, from all processes."""
    reports = [
        report for key in ("passed", "failed") for report in terminalreporter.getreports(key)
    ]
    rows = sorted(
        row for report in reports for name, row in report.user_properties if name == "page"
    )
    if rows:
        terminalreporter.section("pages: gzipped bytes without images")
        terminalreporter.line(
            f"{'page':26}{'requests':>9}{'first visit':>12}{'next page':>11}{'outside':>9}"
            f"{'console':>9}{'axe':>5}{'shift':>7}"
        )
        for page, requests, first, following, outside, console, axe, shift in rows:
            terminalreporter.line(
                f"{page:26}{requests:9}{first:12,}{following:11,}{outside:9}"
                f"{console:9}{axe:5}{shift:7.3f}"
            )
