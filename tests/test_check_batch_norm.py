"""Answers to the exercises of the chapter on batch normalization blocks: right and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k batch_norm
"""

import math

import numpy as np


def steps_needed(momentum, share):
    return math.ceil(math.log(1 - share) / math.log(momentum))


def steps_counted(momentum, share):
    steps, missing = 0, 1.0
    while missing > 1 - share:
        steps, missing = steps + 1, missing * momentum
    return steps


def pooled(batches):
    count = sum(len(x) for x in batches)
    mean = sum(x.sum(axis=0) for x in batches) / count
    return mean, sum((x**2).sum(axis=0) for x in batches) / count - mean**2


def pooled_by(variance):
    """A `pooled` with the right mean and its own variance, from the batches and the mean."""
    return lambda batches: (pooled(batches)[0], variance(batches, pooled(batches)[0]))


def within(batches):
    return np.average([x.var(axis=0) for x in batches], axis=0, weights=[len(x) for x in batches])


def joined(batches):
    return np.concatenate(batches)


def fold_forward(
    W,
    b,
    gamma,
    beta,
    mean,
    variance,
    epsilon,
    scale=lambda gamma, variance, epsilon: gamma / np.sqrt(variance + epsilon),
    bias=lambda W, b, beta, mean, s: (beta - mean * s) @ W + b,
):
    s = scale(gamma, variance, epsilon)
    return s[:, np.newaxis] * W, bias(W, b, beta, mean, s)


def folded(**parts):
    """A `fold_forward` with its own way to the scale or the bias."""
    return lambda W, b, gamma, beta, mean, variance, epsilon: fold_forward(
        W, b, gamma, beta, mean, variance, epsilon, **parts
    )


def input_gradient(x, upstream, epsilon):
    root = np.sqrt(x.var(axis=0) + epsilon)
    z = (x - x.mean(axis=0)) / root
    return (upstream - upstream.mean(axis=0) - z * (upstream * z).mean(axis=0)) / root


def gradient_by_steps(x, upstream, epsilon):
    """The chain rule, one way at a time, as the paper has it."""
    m, centred = len(x), x - x.mean(axis=0)
    root = np.sqrt(x.var(axis=0) + epsilon)
    to_variance = np.sum(upstream * centred, axis=0) * -0.5 / root**3
    to_mean = -np.sum(upstream / root, axis=0)
    return upstream / root + to_variance * 2 * centred / m + to_mean / m


def gradient(formula):
    """An `input_gradient` by its own formula of the upstream gradient, z and the root."""

    def input_gradient(x, upstream, epsilon):
        root = np.sqrt(x.var(axis=0) + epsilon)
        return formula(upstream, (x - x.mean(axis=0)) / root, root)

    return input_gradient


def over_batch(x):
    return x.mean(axis=0)


SOLUTIONS = {
    "steps_needed": steps_needed,
    "pooled": pooled,
    "fold_forward": fold_forward,
    "input_gradient": input_gradient,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("steps_needed", steps_counted),
    ("steps_needed", lambda momentum, share: np.ceil(np.log(1 - share) / np.log(momentum))),
    ("pooled", lambda batches: [joined(batches).mean(axis=0), joined(batches).var(axis=0)]),
    (
        "pooled",
        pooled_by(
            lambda batches, mean: (
                sum(((x - mean) ** 2).sum(axis=0) for x in batches) / sum(map(len, batches))
            )
        ),
    ),
    (
        "fold_forward",
        lambda W, b, gamma, beta, mean, variance, epsilon: (
            np.diag(gamma / np.sqrt(variance + epsilon)) @ W,
            beta @ W - (mean * gamma / np.sqrt(variance + epsilon)) @ W + b,
        ),
    ),
    ("input_gradient", gradient_by_steps),
    ("input_gradient", lambda x, g, epsilon: input_gradient(x, g, epsilon).tolist()),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("steps_needed", lambda a, share: math.log(1 - share) / math.log(a), "no part of a step"),
    ("steps_needed", lambda a, share: steps_needed(a, share) - 1, "not reached yet"),
    ("steps_needed", lambda a, share: steps_needed(a, 1 - share), "still missing"),
    ("steps_needed", lambda a, share: steps_needed(1 - a, share), "a step keeps"),
    ("steps_needed", lambda a, share: math.ceil(share / (1 - a)), "not of the whole way"),
    (
        "steps_needed",
        lambda a, share: math.ceil(math.log10(1 - share) / math.log(a)),
        "same base",
    ),
    ("steps_needed", lambda a, share: 7, "Solve"),
    ("pooled", lambda batches: pooled(batches)[0], "two things"),
    (
        "pooled",
        lambda batches: (np.mean([over_batch(x) for x in batches], axis=0), within(batches)),
        "differ in size",
    ),
    ("pooled", lambda batches: (joined(batches).mean(), joined(batches).var()), "mean of its own"),
    ("pooled", lambda batches: (joined(batches).sum(axis=0), 0), "This is the sum"),
    (
        "pooled",
        lambda batches: (joined(batches).sum(axis=0) / len(batches), 0),
        "not by the number",
    ),
    ("pooled", lambda batches: (np.zeros(3), np.ones(3)), "Add up the values"),
    (
        "pooled",
        pooled_by(lambda batches, mean: np.mean([x.var(axis=0) for x in batches], axis=0)),
        "means of the batches differ",
    ),
    ("pooled", pooled_by(lambda batches, mean: within(batches)), "even weighted by size"),
    (
        "pooled",
        pooled_by(lambda batches, mean: within(batches) - mean**2),
        "mean of the squares is",
    ),
    ("pooled", pooled_by(lambda batches, mean: over_batch(joined(batches) ** 2)), "Subtract"),
    ("pooled", pooled_by(lambda batches, mean: joined(batches).std(axis=0)), "out the root"),
    ("pooled", pooled_by(lambda batches, mean: joined(batches).var(axis=0, ddof=1)), "one less"),
    (
        "pooled",
        pooled_by(lambda batches, mean: joined(batches).var() * np.ones(())),
        "variance of its",
    ),
    ("pooled", pooled_by(lambda batches, mean: np.ones(3)), "minus the square"),
    ("fold_forward", lambda W, b, gamma, beta, mean, variance, epsilon: W, "two things"),
    (
        "fold_forward",
        lambda W, b, gamma, beta, mean, variance, epsilon: (
            W * gamma / np.sqrt(variance + epsilon),
            b,
        ),
        "multiplies the columns",
    ),
    ("fold_forward", folded(scale=lambda gamma, v, e: np.ones(4)), "take over the scale"),
    ("fold_forward", folded(scale=lambda gamma, v, e: gamma / np.sqrt(v)), "Epsilon is missing"),
    ("fold_forward", folded(scale=lambda gamma, v, e: gamma / (np.sqrt(v) + e)), "inside the root"),
    ("fold_forward", folded(scale=lambda gamma, v, e: gamma / (v + e)), "standard deviation"),
    ("fold_forward", folded(scale=lambda gamma, v, e: 1 / np.sqrt(v + e)), "Gamma is missing"),
    ("fold_forward", folded(scale=lambda gamma, v, e: 7 * gamma), "Which number multiplies"),
    ("fold_forward", folded(bias=lambda W, b, beta, mean, s: b), "has to take over"),
    (
        "fold_forward",
        folded(bias=lambda W, b, beta, mean, s: (beta - mean * s) @ W),
        "b of the dense",
    ),
    (
        "fold_forward",
        folded(bias=lambda W, b, beta, mean, s: beta - mean * s + b),
        "before the layer",
    ),
    (
        "fold_forward",
        folded(bias=lambda W, b, beta, mean, s: (beta - mean * s) @ (s[:, None] * W) + b),
        "already has its scale",
    ),
    ("fold_forward", folded(bias=lambda W, b, beta, mean, s: (beta - mean) @ W + b), "scaled too"),
    (
        "fold_forward",
        folded(bias=lambda W, b, beta, mean, s: (beta + mean * s) @ W + b),
        "the sign",
    ),
    (
        "fold_forward",
        folded(bias=lambda W, b, beta, mean, s: W @ (beta - mean * s) + b),
        "is a row",
    ),
    ("fold_forward", folded(bias=lambda W, b, beta, mean, s: 9 * b), "does not contain x"),
    ("input_gradient", gradient(lambda g, z, root: g / root), "for constants"),
    (
        "input_gradient",
        gradient(lambda g, z, root: (g - over_batch(g)) / root),
        "the one through the variance is missing",
    ),
    (
        "input_gradient",
        gradient(lambda g, z, root: (g - z * over_batch(g * z)) / root),
        "the one through the mean is missing",
    ),
    (
        "input_gradient",
        gradient(lambda g, z, root: g - over_batch(g) - z * over_batch(g * z)),
        "Every part is divided",
    ),
    (
        "input_gradient",
        gradient(lambda g, z, root: (g - g.sum(axis=0) - z * (g * z).sum(axis=0)) / root),
        "not sums",
    ),
    ("input_gradient", lambda x, g, epsilon: input_gradient(x, g, 0), "Epsilon is missing"),
    (
        "input_gradient",
        lambda x, g, epsilon: (
            (g - over_batch(g) - x * over_batch(g * x)) / np.sqrt(x.var(axis=0) + epsilon)
        ),
        "not x",
    ),
    (
        "input_gradient",
        gradient(lambda g, z, root: (g - g.mean() - z * (g * z).mean()) / root),
        "own statistics",
    ),
    (
        "input_gradient",
        gradient(lambda g, z, root: (g - over_batch(g) + z * over_batch(g * z)) / root),
        "sign of the last term",
    ),
    ("input_gradient", lambda x, g, epsilon: 3 * x, "three ways"),
]
