"""What holds for every test and notebook: the environment before TensorFlow starts, the order."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # plain arithmetic, the same on every CPU
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # the stored outputs are a CPU's

# The workers share the processors; without this each would start a thread for every one of them.
# The process that starts the workers sets nothing: they would inherit it.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    threads = str(max(1, (os.cpu_count() or 1) // int(workers)))
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, threads)


def seconds(item):
    """How long the notebook of a cell takes, as it has recorded; nothing for other tests."""
    notebook = getattr(item.parent, "nb", None)  # nbval has read it
    return notebook.metadata.get("book", {}).get("seconds", 0) if notebook else 0


def pytest_collection_modifyitems(items):
    """The longest notebooks first, so that no process works on one while the others are done."""
    items.sort(key=seconds, reverse=True)
