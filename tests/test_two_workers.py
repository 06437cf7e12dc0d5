"""The script of the chapter on distribution, started twice on this machine as if on two."""

import json
import os
import runpy
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import tensorflow as tf

SCRIPT = Path(__file__).resolve().parent.parent / "chapters/two_workers.py"
SEED = 0
SECONDS = 300  # a worker that waits for one that never comes is stopped


def free_addresses():
    """Addresses of this machine that nobody listens on: the system chooses the ports."""
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        return [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]


def run():
    """What each of the two processes printed; both are stopped in the end, whatever happens."""
    hosts, processes = free_addresses(), []
    with ExitStack() as stack:
        for index in range(2):
            config = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, SCRIPT, str(SEED)],
                    env={**os.environ, "TF_CONFIG": json.dumps(config)},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            processes.append(process)
        said = [process.communicate(timeout=SECONDS) for process in processes]
    for process, (_, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors
    return [json.loads(output) for output, _ in said]


def test_two_workers_have_the_losses_of_one():
    """One test, as each start of two workers takes half a minute."""
    first, second = run()
    here = runpy.run_path(str(SCRIPT))
    alone = here["train"](tf.distribute.get_strategy(), lambda: here["new_model"](SEED))
    np.testing.assert_array_equal(first["losses"], second["losses"])
    np.testing.assert_allclose(first["losses"][:10], alone[:10], rtol=1e-4)
    assert alone[-1] < alone[0], "it learns"
    fit = (first["fit"], second["fit"])
    assert all("PerReplica" in said for said in fit), "Keras has mended issue 20585: `fit` works"
