"""Checks of the exercises in the chapter on distribution."""

import json

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("Each machine gets the same list and a number of its own; that is all they need to meet.")
def tf_config(answer):
    """`tf_config(hosts, index)`: the value of TF_CONFIG for one machine."""
    hosts = ["red.example:2222", "green.example:2222", "blue.example:4000"]
    text = answer(hosts, 1)
    expect(
        not isinstance(text, dict),
        "This is a dictionary. A variable of the environment is text: json.dumps(...) writes it.",
    )
    expect(isinstance(text, str), f"This is of the type {type(text).__name__}. Return text.")
    try:
        config = json.loads(text)
    except ValueError:
        expect(
            False,
            "This text is not JSON, whose strings stand in double quotes. Do not write it by "
            "hand, nor with str(...): json.dumps(...) does it.",
        )
    expect(
        isinstance(config, dict) and {"cluster", "task"} <= set(config),
        'The text needs two entries, "cluster" (who is there) and "task" (who am I).',
    )
    cluster, task = config["cluster"], config["task"]
    expect(
        isinstance(cluster, dict) and "worker" in cluster,
        'The cluster lists its machines by their job: {"worker": hosts}.',
    )
    expect(
        cluster["worker"] != hosts[:1] + hosts[2:],
        "The machine itself is missing from the list. It has its place there too, or the indices "
        "would mean something else on each machine.",
    )
    expect(cluster["worker"] == hosts, "The list of workers is not `hosts`, in the order given.")
    expect(
        isinstance(task, dict) and {"type", "index"} <= set(task),
        'The task needs two entries, "type" and "index".',
    )
    expect(task["type"] == "worker", 'The type of the task is the job in the cluster: "worker".')
    expect(
        task["index"] not in hosts,
        "The index is an address. TensorFlow wants the place in the list: a number.",
    )
    expect(str(task["index"]) != "2", "The places in the list count from 0: pass `index` as it is.")
    expect(str(task["index"]) == "1", "The index of the task is not the argument `index`.")
    last = json.loads(answer(hosts, 2))["task"]["index"]
    expect(str(last) == "2", "It is right for index 1. For index 2 it names the wrong machine.")


@exercise("It begins as on one device and ends at the rate that the larger batch can bear.")
def rate(answer):
    """`rate(step, base, replicas, warm_up)`: a learning rate for `replicas` times the batch."""
    base, replicas, warm_up = 0.1, 4, 20
    expect_close(
        answer(100, base, replicas, warm_up),
        replicas * base,
        "rate(100, 0.1, 4, 20), long after the warm-up,",
        mistakes=[
            (base, "The batch is four times as large, the rate is that of one device. Scale it."),
            (base / replicas, "This divides by the replicas. A larger batch bears larger steps."),
            (
                base * replicas**0.5,
                "This scales by the square root of the replicas. The rule here is linear.",
            ),
            (
                base + 100 / warm_up * base * (replicas - 1),
                "The rate goes on rising after the warm-up. Stop it at replicas × base.",
            ),
            (
                100 / warm_up * base * replicas,
                "The rate goes on rising after the warm-up. Stop it at replicas × base.",
            ),
        ],
    )
    expect_close(
        answer(0, base, replicas, warm_up),
        base,
        "rate(0, 0.1, 4, 20)",
        mistakes=[
            (0, "The warm-up starts at 0. Here it starts at the rate that one device would use."),
            (replicas * base, "There is no warm-up: the first step has the full rate already."),
        ],
    )
    expect_close(
        answer(5, base, replicas, warm_up),
        base + 0.25 * (replicas - 1) * base,
        "rate(5, 0.1, 4, 20)",
        mistakes=[
            (base, "The rate does not rise during the warm-up, it jumps at its end."),
            (
                base * replicas**0.25,
                "The rate rises by a factor each step. Let it rise by the same amount.",
            ),
        ],
        hint="A quarter of the way through the warm-up the rate has a quarter of its way from "
        "base to replicas × base behind it.",
    )
    expect_close(
        answer(warm_up, base, replicas, warm_up),
        replicas * base,
        "rate(20, 0.1, 4, 20)",
        hint="At step `warm_up` the warm-up is over.",
    )
    expect_close(
        answer(3, base, 1, warm_up), base, "rate(3, 0.1, 1, 20)", hint="One replica, no scaling."
    )


@exercise("The scale climbs until something overflows, falls back by half, and climbs again.")
def next_scale(answer):
    """`next_scale(scale, good_steps, finite, patience)`: dynamic loss scaling after one step."""

    def ask(scale, good_steps, finite, patience=3):
        result = answer(scale, good_steps, finite, patience)
        expect(
            isinstance(result, tuple | list | np.ndarray) and len(result) == 2,
            "Return two things: the scale, and the number of good steps.",
        )
        return tuple(float(number) for number in result)

    scale, good = ask(1024, 1, False)
    expect(scale != 2048, "After an overflow the scale grows. It has been too large: halve it.")
    expect(scale == 512, f"After an overflow a scale of 1024 becomes {scale:g}. Halve it.")
    expect(
        good == 0,
        f"After an overflow {good:g} good steps are left. The count starts again from 0.",
    )
    scale, good = ask(1024, 0, True)
    expect(
        scale == 1024,
        f"After one good step a scale of 1024 becomes {scale:g}. It stays until there have been "
        "`patience` good steps in a row.",
    )
    expect(good == 1, f"The first good step makes the count {good:g}, it should be 1.")
    scale, good = ask(1024, 2, True)
    expect(
        scale != 1024,
        "With a patience of 3, the third good step in a row doubles the scale. Here it does not: "
        "does this step count?",
    )
    expect(scale == 2048, f"After the third good step 1024 becomes {scale:g}. Double it.")
    expect(
        good == 0,
        f"After the scale has grown the count is {good:g}. It starts again from 0, or the scale "
        "would double at every step from here on.",
    )
    expect(
        ask(8, 3, True, patience=5) == (8.0, 4.0) and ask(8, 4, True, patience=5) == (16.0, 0.0),
        "A patience of 3 was right. Does it use `patience`?",
    )
    expect(
        ask(8, 4, False, patience=5) == (4.0, 0.0),
        "An overflow just before the scale would have grown must still halve it.",
    )


@exercise("The same for 2 workers or 2,000: nobody sends more than twice the model.")
def chunk(answer):
    """`chunk(worker, step, workers)`: which chunk a worker sends in a step of a ring all-reduce."""
    for workers in (4, 2, 3, 7):
        _go_around(answer, workers)


def _go_around(answer, workers):
    """Runs the ring on the learner's schedule; `held[w, c, v]` counts v's share in w's chunk c."""
    everyone = np.arange(workers)
    held = np.zeros((workers, workers, workers), dtype=int)
    held[everyone, :, everyone] = 1
    where = f"With {workers} workers"
    for step in range(2 * workers - 2):
        sent = [answer(worker, step, workers) for worker in range(workers)]
        for worker, number in enumerate(sent):
            expect(
                isinstance(number, int | np.integer) and not isinstance(number, bool),
                f"chunk({worker}, {step}, {workers}) is {number!r}. Return a whole number.",
            )
            expect(
                0 <= number < workers,
                f"chunk({worker}, {step}, {workers}) is {number}. {where} the chunks have the "
                f"numbers 0 to {workers - 1}: beyond the end it goes on at the other end, so take "
                "the remainder, % workers.",
            )
        packets = [held[worker, number].copy() for worker, number in enumerate(sent)]
        for worker, (number, packet) in enumerate(zip(sent, packets, strict=True)):
            right = (worker + 1) % workers
            held[right, number] = packet + held[right, number] * (step < workers - 1)
        expect(
            held.max() < 2,
            f"{where}, after step {step} somebody's share is in a sum twice. Has this worker sent "
            "the same chunk before?",
        )
        if step == workers - 2:
            complete = (held == 1).all(axis=2).sum(axis=1)
            expect(
                (complete == 1).all(),
                f"{where} each should hold one complete sum after step {step}; they hold "
                f"{complete.tolist()}. In every step but the first, pass on the chunk that has "
                "just been added to.",
            )
    expect(
        (held == 1).all(),
        f"{where} the sums are complete after half of the steps, but they do not get to everyone. "
        "In the second half send the complete chunk first, then each time the one just received.",
    )
