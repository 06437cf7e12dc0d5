"""The contract of the blocks on another Keras backend than this process's, if one is installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

TESTS = Path(__file__).parent
THIS = keras.backend.backend()
OTHERS = [name for name in ("tensorflow", "jax", "torch") if name != THIS]
INSTALLED = [name for name in OTHERS if importlib.util.find_spec(name)]


def run_on(backend, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=TESTS.parent,
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(params=INSTALLED or [None])
def other_backend(request):
    if request.param is None:
        pytest.skip(
            f"No Keras backend but {THIS} is installed. `pip install jax` (or torch) and this test "
            "runs the whole contract on it."
        )
    return request.param


def test_contract_on_another_backend(other_backend):
    """The same tests of the same blocks, in a process of their own."""
    files = [str(TESTS / name) for name in ("test_contract.py", "test_bad_input.py")]
    run = run_on(
        other_backend, "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-q", *files
    )
    assert run.returncode == 0, run.stdout[-10_000:]
    assert " passed" in run.stdout


def test_blocks_do_not_bring_in_another_backend(other_backend):
    program = f"import sys, blocks; sys.exit({THIS!r} in sys.modules)"
    run = run_on(other_backend, "-c", program)
    assert run.returncode == 0, run.stdout
