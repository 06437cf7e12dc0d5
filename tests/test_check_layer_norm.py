"""Answers to the exercises of the chapter on layer normalization: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k layer_norm
"""

import numpy as np


def layer_norm(x, gamma, beta, epsilon, axes=-1, ddof=0):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True, ddof=ddof)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def over(axes):
    return lambda x, gamma, beta, epsilon: layer_norm(x, gamma, beta, epsilon, axes)


def centre_and_scale(x):
    return x - x.mean(-1, keepdims=True), x.var(-1, keepdims=True)


def outside(x, gamma, beta, epsilon):
    z, variance = centre_and_scale(x)
    return gamma * z / (np.sqrt(variance) + epsilon) + beta


def no_root(x, gamma, beta, epsilon):
    z, variance = centre_and_scale(x)
    return gamma * z / (variance + epsilon) + beta


def looks_ahead(function, x, steps=slice(-1)):
    other = np.concatenate([x[:, :-1], np.random.default_rng(0).normal(size=x[:, -1:].shape)], 1)
    return not np.allclose(function(x)[:, steps], function(other)[:, steps])


def compares_all(function, x):
    other = x.copy()
    other[:, -1] += np.linspace(-1, 1, x.shape[-1])
    return not np.allclose(function(x), function(other))


def changes_the_first(function, x):
    other = x.copy()
    other[:, 0] += np.linspace(-1, 1, x.shape[-1])
    return not np.allclose(function(x)[:, 1:], function(other)[:, 1:])


def adds_one(function, x):
    other = x.copy()
    other[:, -1] += 1
    return not np.allclose(function(x)[:, :-1], function(other)[:, :-1])


def compares_means(function, x):
    other = x.copy()
    other[:, -1] *= -1
    return not np.allclose(np.sign(function(x)[:, :-1]), np.sign(function(other)[:, :-1]))


def group_norm(x, groups, epsilon, shape=None, axes=(1, 2, 4)):
    y = x.reshape(*x.shape[:3], *(shape or (groups, -1)))
    y = (y - y.mean(axes, keepdims=True)) / np.sqrt(y.var(axes, keepdims=True) + epsilon)
    return y.reshape(x.shape)


def group_norm_loops(x, groups, epsilon):
    parts = np.split(x, groups, axis=-1)
    return np.concatenate([group_norm(part, 1, epsilon) for part in parts], axis=-1)


def centred(W, b):
    return W - W.mean(axis=1, keepdims=True), b - b.mean()


SOLUTIONS = {
    "layer_norm": layer_norm,
    "looks_ahead": looks_ahead,
    "group_norm": group_norm,
    "centred": centred,
}

ALSO_RIGHT = [
    ("group_norm", group_norm_loops),
    ("centred", lambda W, b: list(centred(W, b))),
    ("centred", lambda W, b: (W @ (np.eye(4) - 1 / 4), b @ (np.eye(4) - 1 / 4))),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("layer_norm", over(0), "over the batch"),
    ("layer_norm", over((0, 1)), "This is batch normalization"),
    ("layer_norm", over((1, 2)), "lets the future in"),
    ("layer_norm", over(1), "taken over time, axis 1"),
    ("layer_norm", over(None), "one mean for the whole array"),
    ("layer_norm", lambda x, g, b, e: layer_norm(x, g, b, 0), "epsilon is missing"),
    ("layer_norm", outside, "belongs under the root"),
    ("layer_norm", no_root, "np.sqrt is missing"),
    ("layer_norm", lambda x, g, b, e: layer_norm(x, g, b, e, ddof=1), "without ddof"),
    ("layer_norm", lambda x, g, b, e: layer_norm(x, 1, 0, e), "gamma and beta are missing"),
    ("layer_norm", lambda x, g, b, e: layer_norm(x, g, 0, e), "beta is missing"),
    ("layer_norm", lambda x, g, b, e: layer_norm(x, 1, b, e), "gamma is missing"),
    ("layer_norm", lambda x, g, b, e: layer_norm(x, g, g * b, e), "not multiplied by gamma"),
    ("layer_norm", lambda x, g, b, e: x, "axis=-1"),
    ("looks_ahead", lambda function, x: 1, "True or False"),
    ("looks_ahead", compares_all, "does not look ahead, but you say"),
    ("looks_ahead", changes_the_first, "A running sum does not"),
    ("looks_ahead", lambda function, x: False, "mean over time does look ahead"),
    ("looks_ahead", compares_means, "A scale over time"),
    ("looks_ahead", adds_one, "a different amount"),
    ("looks_ahead", lambda function, x: looks_ahead(function, x, -2), "Turning time around"),
    (
        "group_norm",
        lambda x, groups, e: group_norm(x, groups, e, axes=(0, 1, 2, 4)),
        "The examples meet",
    ),
    ("group_norm", lambda x, groups, e: group_norm(x, groups, e, axes=4), "Each pixel"),
    (
        "group_norm",
        lambda x, groups, e: group_norm(x, groups, e, (4 // groups, groups), (1, 2, 3)),
        "every second channel",
    ),
    ("group_norm", lambda x, groups, e: group_norm(x, 4, e), "each channel alone"),
    ("group_norm", lambda x, groups, e: group_norm(x, 1, e), "All channels are one group"),
    ("group_norm", lambda x, groups, e: x, "average over 1, 2 and 4"),
    ("centred", lambda W, b: W, "a pair"),
    ("centred", lambda W, b: (W - W.mean(axis=0), b), "The units are the last axis"),
    ("centred", lambda W, b: (W - W.mean(), b), "each row has its own"),
    ("centred", lambda W, b: (W, b - b.mean()), "kernel is unchanged"),
    ("centred", lambda W, b: (2 * W, b), "each row of W"),
    ("centred", lambda W, b: (centred(W, b)[0], b), "The bias has a mean"),
    ("centred", lambda W, b: (centred(W, b)[0], 2 * b), "Subtract its mean from b"),
]
