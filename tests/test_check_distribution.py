"""Answers to the exercises of the chapter on distribution: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k distribution
"""

import json

import numpy as np


def tf_config(hosts, index):
    return json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}})


def config(cluster=lambda hosts, index: {"worker": hosts}, task=lambda hosts, index: index):
    """A TF_CONFIG with a cluster or an index of its own."""
    return lambda hosts, index: json.dumps(
        {
            "cluster": cluster(hosts, index),
            "task": {"type": "worker", "index": task(hosts, index)},
        }
    )


def rate(step, base, replicas, warm_up):
    return base + min(step / warm_up, 1) * (replicas - 1) * base


def next_scale(scale, good_steps, finite, patience):
    if not finite:
        return scale / 2, 0
    if good_steps + 1 == patience:
        return scale * 2, 0
    return scale, good_steps + 1


def scaling(overflow=lambda s, g: (s / 2, 0), grown=lambda s, g: (s * 2, 0), needed=lambda p: p):
    """Loss scaling that does something else after an overflow or when it grows."""

    def step(scale, good_steps, finite, patience):
        if not finite:
            return overflow(scale, good_steps)
        if good_steps + 1 >= needed(patience):
            return grown(scale, good_steps)
        return scale, good_steps + 1

    return step


def grows_first(scale, good_steps, finite, patience):
    if good_steps + 1 == patience:
        return scale * 2, 0
    return (scale, good_steps + 1) if finite else (scale / 2, 0)


def chunk(worker, step, workers):
    return (worker - step) % workers


def then_stuck(worker, step, workers):
    return chunk(worker, min(step, workers - 2), workers)


SOLUTIONS = {
    "tf_config": tf_config,
    "rate": rate,
    "next_scale": next_scale,
    "chunk": chunk,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("tf_config", config(task=lambda hosts, index: str(index))),
    ("rate", lambda step, base, replicas, n: np.interp(step, [0, n], [base, replicas * base])),
    ("next_scale", lambda *state: np.array(next_scale(*state))),
    ("next_scale", scaling()),
    ("chunk", lambda worker, step, workers: (worker + step * (workers - 1)) % workers),
    ("chunk", lambda worker, step, workers: np.int64(worker - step + 1) % workers),  # turned by one
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("tf_config", lambda hosts, index: json.loads(tf_config(hosts, index)), "a dictionary"),
    ("tf_config", lambda hosts, index: tf_config(hosts, index).encode(), "of the type bytes"),
    ("tf_config", lambda hosts, index: str(json.loads(tf_config(hosts, index))), "not JSON"),
    ("tf_config", lambda hosts, index: json.dumps({"worker": hosts}), 'two entries, "cluster"'),
    ("tf_config", config(cluster=lambda hosts, index: hosts), "by their job"),
    (
        "tf_config",
        config(cluster=lambda hosts, index: {"worker": hosts[:index] + hosts[index + 1 :]}),
        "itself is missing",
    ),
    (
        "tf_config",
        config(cluster=lambda hosts, index: {"worker": hosts[::-1]}),
        "in the order given",
    ),
    (
        "tf_config",
        lambda hosts, index: json.dumps({"cluster": {"worker": hosts}, "task": index}),
        '"type" and "index"',
    ),
    (
        "tf_config",
        lambda hosts, index: tf_config(hosts, index).replace('"type": "worker"', '"type": "chief"'),
        "the job in the cluster",
    ),
    ("tf_config", config(task=lambda hosts, index: hosts[index]), "an address"),
    ("tf_config", config(task=lambda hosts, index: index + 1), "count from 0"),
    ("tf_config", config(task=lambda hosts, index: 0), "not the argument"),
    ("tf_config", config(task=lambda hosts, index: 1), "names the wrong machine"),
    ("rate", lambda step, base, replicas, n: base, "Scale it"),
    ("rate", lambda step, base, replicas, n: base / replicas, "divides by the replicas"),
    ("rate", lambda step, base, replicas, n: base * replicas**0.5, "square root"),
    ("rate", lambda step, base, replicas, n: base + step / n * (replicas - 1) * base, "goes on"),
    ("rate", lambda step, base, replicas, n: step / n * replicas * base, "goes on"),
    ("rate", lambda step, base, replicas, n: min(step / n, 1) * replicas * base, "starts at 0"),
    ("rate", lambda step, base, replicas, n: replicas * base, "no warm-up"),
    ("rate", lambda step, base, replicas, n: base * (replicas if step >= n else 1), "jumps"),
    ("rate", lambda step, base, replicas, n: base * replicas ** min(step / n, 1), "by a factor"),
    ("rate", lambda step, *rest: rate(step**2 / 20, *rest), "a quarter of its way"),
    ("rate", lambda step, *rest: rate(step, *rest) - 0.05 * (step == 20), "is over"),
    (
        "rate",
        lambda step, base, replicas, n: rate(step, base, max(replicas, 2), n),
        "One replica, no scaling",
    ),
    ("next_scale", lambda scale, *state: scale, "two things"),
    ("next_scale", scaling(overflow=lambda s, g: (s * 2, 0)), "It has been too large"),
    ("next_scale", scaling(overflow=lambda s, g: (s, 0)), "becomes 1024. Halve it"),
    ("next_scale", scaling(overflow=lambda s, g: (s / 2, g)), "starts again from 0."),
    ("next_scale", scaling(needed=lambda p: 1), "good steps in a row"),
    ("next_scale", lambda s, g, finite, p: (s, g) if finite else (s / 2, 0), "it should be 1"),
    ("next_scale", scaling(needed=lambda p: p + 1), "does this step count"),
    ("next_scale", scaling(grown=lambda s, g: (s * 10, 0)), "Double it"),
    ("next_scale", scaling(grown=lambda s, g: (s * 2, g + 1)), "double at every step"),
    ("next_scale", scaling(needed=lambda p: 3), "Does it use `patience`"),
    ("next_scale", grows_first, "just before the scale would"),
    ("chunk", lambda worker, step, workers: (worker - step) / 1, "whole number"),
    ("chunk", lambda worker, step, workers: worker - step, "% workers"),
    ("chunk", lambda worker, step, workers: worker, "the same chunk before"),
    ("chunk", lambda worker, step, workers: 0, "twice"),
    ("chunk", lambda worker, step, workers: (worker + step) % workers, "just been added to"),
    ("chunk", then_stuck, "do not get to everyone"),
    ("chunk", lambda worker, step, workers: [0, 3, 2, 1][(step - worker) % 4], "% workers"),
]
