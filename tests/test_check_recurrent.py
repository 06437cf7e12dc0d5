"""Answers to the exercises of the chapter on recurrent blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k recurrent
"""

import numpy as np


def count_parameters(cell, features, units):
    dense = {"simple": 1, "lstm": 4, "gru": 3}[cell]
    biases = 2 if cell == "gru" else 1
    return dense * units * (features + units + biases)


def counted(
    simple=lambda D, U: count_parameters("simple", D, U),
    lstm=lambda D, U: count_parameters("lstm", D, U),
    gru=lambda D, U: count_parameters("gru", D, U),
):
    """A count that goes its own way for one of the cells."""
    return lambda cell, D, U: {"simple": simple, "lstm": lstm, "gru": gru}[cell](D, U)


def masked(update, prepare=lambda x, mask: x):
    """A simple layer that goes its own way at each step."""

    def masked_rnn(x, mask, W, R, b):
        x = prepare(x, mask)
        h = np.zeros((len(x), len(R)))
        for t in range(x.shape[1]):
            h = update(h, np.tanh(x[:, t] @ W + h @ R + b), mask[:, t, np.newaxis])
        return h

    return masked_rnn


masked_rnn = masked(lambda h, new, on: np.where(on, new, h))


def masked_rnn_one_by_one(x, mask, W, R, b):
    result = []
    for sequence, keep in zip(x, mask, strict=True):
        h = np.zeros(len(R))
        for step in sequence[keep]:
            h = np.tanh(step @ W + h @ R + b)
        result.append(h)
    return result


def masked_rnn_stops(x, mask, W, R, b):
    until = np.cumprod(mask, axis=1).astype(bool)
    return masked_rnn(x, until, W, R, b)


def masked_rnn_all_steps(x, mask, W, R, b):
    return np.stack(
        [masked_rnn(x[:, : t + 1], mask[:, : t + 1], W, R, b) for t in range(x.shape[1])], axis=1
    )


def is_causal(model, x):
    y = np.asarray(model(x))
    for t in range(1, x.shape[1]):
        changed = x.copy()
        changed[:, t] *= -1
        if not np.allclose(np.asarray(model(changed))[:, :t], y[:, :t], atol=1e-5):
            return False
    return True


def is_causal_from_step(model, x):
    y = model(x).numpy()
    rng = np.random.default_rng(0)
    for t in range(1, x.shape[1]):
        changed = x.copy()
        changed[:, t:] = rng.normal(size=changed[:, t:].shape)
        if np.abs(model(changed).numpy()[:, :t] - y[:, :t]).max() > 1e-5:
            return np.False_
    return np.True_


def looks(outputs, steps=None, features=slice(None), change=np.negative):
    """A causality check that compares its own part of the outputs."""

    def is_causal(model, x):
        y = np.asarray(model(x))
        for t in steps or range(1, x.shape[1]):
            changed = x.copy()
            changed[:, t, features] = change(changed[:, t, features])
            if not np.allclose(outputs(np.asarray(model(changed)), t), outputs(y, t), atol=1e-5):
                return False
        return True

    return is_causal


def by_hand(
    kernel=((10, -20, 10, 0), (10, -20, -10, 0)),
    recurrent=((0, 0, 0, 0),),
    bias=(-5, 10, 0, 10),
):
    return lambda: (np.array(kernel), np.array(recurrent), np.array(bias))


SOLUTIONS = {
    "count_parameters": count_parameters,
    "masked_rnn": masked_rnn,
    "is_causal": is_causal,
    "lamp": by_hand(),
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("count_parameters", lambda cell, D, U: np.array(count_parameters(cell, D, U))),
    ("masked_rnn", masked_rnn_one_by_one),
    ("masked_rnn", masked(lambda h, new, on: on * new + (1 - on) * h)),
    ("is_causal", is_causal_from_step),
    ("lamp", by_hand(bias=(10, 10, 0, 10))),  # the candidate is 0 when nothing is pressed
    (
        "lamp",  # a latch: the forget gate is closed, the candidate repeats the state
        by_hand(((0, 0, 10, 0), (0, 0, -10, 0)), recurrent=((0, 0, 3, 0),), bias=(10, -10, 0, 10)),
    ),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("count_parameters", counted(simple=lambda D, U: D * U + U), "recurrent kernel is missing"),
    ("count_parameters", counted(simple=lambda D, U: U * (D + U)), "biases are missing"),
    ("count_parameters", counted(simple=lambda D, U: U * (U + U + 1)), "features × units"),
    ("count_parameters", counted(lstm=lambda D, U: 3 * U * (D + U + 1)), "candidate too: four"),
    ("count_parameters", counted(lstm=lambda D, U: U * (D + U + 1)), "LSTM's four"),
    ("count_parameters", counted(lstm=lambda D, U: 5), "is a dense layer on the input"),
    ("count_parameters", counted(gru=lambda D, U: 3 * U * (D + U + 1)), "second bias"),
    ("count_parameters", counted(gru=lambda D, U: 4 * U * (D + U + 1)), "two gates and"),
    ("count_parameters", counted(gru=lambda D, U: 2 * U * (D + U + 2)), "candidate too: three"),
    ("count_parameters", counted(gru=lambda D, U: U * (D + U + 1)), "GRU's three"),
    ("masked_rnn", masked(lambda h, new, on: new), "not used"),
    (
        "masked_rnn",
        masked(lambda h, new, on: new, lambda x, mask: x * mask[..., np.newaxis]),
        "A zero is an input too",
    ),
    ("masked_rnn", masked(lambda h, new, on: np.where(on, new, 0)), "everything is forgotten"),
    ("masked_rnn", masked(lambda h, new, on: np.where(on, h, new)), "wrong way around"),
    ("masked_rnn", masked_rnn_stops, "stops at the first"),
    ("masked_rnn", masked_rnn_all_steps, "every step. Return the last"),
    ("masked_rnn", lambda x, mask, W, R, b: np.zeros((3, 5)), "np.where"),
    ("is_causal", lambda model, x: True, "every model causal"),
    ("is_causal", lambda model, x: False, "no model causal"),
    ("is_causal", looks(lambda y, t: y), "no model causal"),
    ("is_causal", lambda model, x: 0.5, "True or False"),
    ("is_causal", looks(lambda y, t: y[:, t + 1 :]), "wrong way around"),
    ("is_causal", looks(lambda y, t: y[:, : t + 1]), "output of the step that you change"),
    ("is_causal", looks(lambda y, t: y[:, :t], steps=[5]), "change every step"),
    ("is_causal", looks(lambda y, t: y[:, :t], features=0), "all features"),
    ("is_causal", looks(lambda y, t: y[:, :t], change=lambda x: x + 1), "by different amounts"),
    ("lamp", lambda: np.zeros((2, 4)), "three arrays"),
    ("lamp", by_hand(kernel=np.zeros((2, 3))), "The shape of the kernel"),
    ("lamp", by_hand(kernel=np.zeros((2, 4))), "open the input gate"),
    ("lamp", by_hand(bias=(-5, 10, 0, -10)), "output gate should be open"),
    ("lamp", by_hand(bias=(-5, 1, 0, 10)), "large and positive"),
    ("lamp", by_hand(bias=(10, 10, 1, 10)), "candidate's bias"),
    ("lamp", by_hand(kernel=((10, 0, 10, 0), (10, 0, -10, 0))), "counts presses"),
    ("lamp", by_hand(kernel=((10, 0, 10, 0), (10, -20, -10, 0))), "either button"),
]
