"""Answers to the exercises of the chapter on skip connections: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k skip
"""

import numpy as np


def as_concat(W):
    return np.concatenate([W, W])


def kernel_weights(channels, growth, count):
    return sum(9 * (channels + i * growth) * growth for i in range(count))


def backward(gradient, jacobians):
    for J in reversed(jacobians):
        gradient = gradient + gradient @ J
    return gradient


def each(step, turn=reversed):
    """A backward pass that goes through the layers in its own way."""

    def backward(gradient, jacobians):
        for J in turn(jacobians):
            gradient = step(gradient, J)
        return gradient

    return backward


def in_place(gradient, jacobians):
    for J in reversed(jacobians):
        gradient += gradient @ J
    return gradient


def stochastic_depth(x, branch, rate, rng, training):
    if not training:
        return x + branch
    keep = rng.random(len(x)) >= rate
    return x + keep.reshape(-1, *[1] * (x.ndim - 1)) * branch / (1 - rate)


def left_out(
    factor=lambda rate: 1 / (1 - rate),
    keep=lambda x, rate, rng: rng.random((len(x), 1, 1)) >= rate,
):
    """Stochastic depth that draws and scales in its own way."""
    return lambda x, branch, rate, rng, training: (
        x + keep(x, rate, rng) * branch * factor(rate) if training else x + branch
    )


def in_inference(otherwise):
    """Right in training, something else in inference."""
    return lambda x, branch, rate, rng, training: (
        stochastic_depth(x, branch, rate, rng, True) if training else otherwise(x, branch, rate)
    )


SOLUTIONS = {
    "as_concat": as_concat,
    "kernel_weights": kernel_weights,
    "backward": backward,
    "stochastic_depth": stochastic_depth,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("as_concat", lambda W: np.vstack([W, W]).tolist()),
    ("as_concat", lambda W: np.tile(W, (2, 1))),
    (
        "kernel_weights",
        lambda channels, growth, count: (
            9 * growth * (count * channels + growth * count * (count - 1) / 2)
        ),
    ),
    ("backward", each(lambda g, J: g @ (np.eye(len(g)) + J))),
    ("backward", lambda g, jacobians: backward(g.astype("float32"), jacobians).tolist()),
    (
        "stochastic_depth",
        left_out(keep=lambda x, rate, rng: rng.binomial(1, 1 - rate, (len(x), 1, 1))),
    ),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("as_concat", lambda W: np.concatenate([W, W], axis=1), "side by side"),
    ("as_concat", lambda W: np.concatenate([W, W]) / 2, "averages"),
    ("as_concat", lambda W: np.concatenate([W, 0 * W]), "f is left out"),
    ("as_concat", lambda W: np.concatenate([0 * W, W]), "x is left out"),
    ("as_concat", lambda W: np.concatenate([W, np.eye(*W.shape)]), "unmixed"),
    ("as_concat", lambda W: np.repeat(W, 2, axis=0), "order"),
    ("as_concat", lambda W: W, "twice as many"),
    ("as_concat", lambda W: np.concatenate([W, W.T]) if len(W) == len(W.T) else 0, "x @ W + f @ W"),
    ("kernel_weights", lambda c, g, n: n * 9 * c * g, "input alone"),
    ("kernel_weights", lambda c, g, n: kernel_weights(c, g, n) + n * g, "biases"),
    ("kernel_weights", lambda c, g, n: kernel_weights(c, g, n) // 9, "3 × 3"),
    ("kernel_weights", lambda c, g, n: kernel_weights(c, g, n) // 3, "not three"),
    ("kernel_weights", lambda c, g, n: 9 * c * g + (n - 1) * 9 * g**2, "layer before it alone"),
    ("kernel_weights", lambda c, g, n: kernel_weights(c + g, g, n), "too late"),
    ("kernel_weights", lambda c, g, n: sum(9 * (c + i * g) ** 2 for i in range(n)), "however many"),
    (
        "kernel_weights",
        lambda c, g, n: sum(9 * (c + i * g) * (c + i * g + g) for i in range(n)),
        "not made by the layer",
    ),
    ("kernel_weights", lambda c, g, n: c + n * g, "channels of the output"),
    ("kernel_weights", lambda c, g, n: 972, "any number of layers"),
    ("kernel_weights", lambda c, g, n: 1, "Add up"),
    ("backward", each(lambda g, J: g @ J), "way around is missing"),
    ("backward", each(lambda g, J: g + g @ J, turn=list), "last layer"),
    ("backward", each(lambda g, J: g + J @ g), "J is transposed. The gradient"),
    ("backward", each(lambda g, J: g + J @ g, turn=list), "transposed, and the order"),
    ("backward", lambda g, jacobians: g + each(lambda g, J: g @ J)(g, jacobians), "its own"),
    ("backward", lambda g, jacobians: g + sum(g @ J for J in jacobians), "what has arrived"),
    ("backward", each(lambda g, J: (g + g @ J) / 2), "averaged"),
    ("backward", lambda g, jacobians: g, "branches add"),
    ("backward", in_place, "changes its argument gradient"),
    ("backward", lambda g, jacobians: 2 * g, "Begin with the last"),
    ("backward", lambda g, jacobians: backward(g, jacobians) if jacobians else 0 * g, "no layer"),
    ("stochastic_depth", in_inference(lambda x, branch, rate: x), "branch is missing"),
    (
        "stochastic_depth",
        in_inference(lambda x, branch, rate: x + branch * (1 - rate)),
        "has nothing to do",
    ),
    (
        "stochastic_depth",
        in_inference(lambda x, branch, rate: x + branch / (1 - rate)),
        "in training only",
    ),
    ("stochastic_depth", in_inference(lambda x, branch, rate: branch), "nothing is left out"),
    ("stochastic_depth", left_out(factor=lambda rate: 1), "must grow"),
    ("stochastic_depth", left_out(factor=lambda rate: 1 - rate), "Divide by it"),
    ("stochastic_depth", left_out(factor=lambda rate: 1 / rate), "not by the rate"),
    ("stochastic_depth", left_out(factor=lambda rate: 3), "should not be scaled"),
    (
        "stochastic_depth",
        left_out(keep=lambda x, rate, rng: rng.random((len(x), 1, 1)) < rate),
        "share to keep",
    ),
    (
        "stochastic_depth",
        left_out(keep=lambda x, rate, rng: rng.random((len(x), 1, 1)) >= rate / 2),
        "not 20%",
    ),
    (
        "stochastic_depth",
        left_out(keep=lambda x, rate, rng: rng.random(x.shape) >= rate),
        "that is dropout",
    ),
    (
        "stochastic_depth",
        left_out(keep=lambda x, rate, rng: rng.random() >= rate),
        "share one draw",
    ),
    (
        "stochastic_depth",
        left_out(keep=lambda x, rate, rng: np.random.random((len(x), 1, 1)) >= rate),
        "equal rng",
    ),
    (
        "stochastic_depth",
        lambda x, branch, rate, rng, training: (
            np.where(rng.random((len(x), 1, 1)) < rate, 0, (x + branch) / (1 - rate))
            if training
            else x + branch
        ),
        "x is lost",
    ),
]
