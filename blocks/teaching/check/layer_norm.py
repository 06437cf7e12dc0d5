"""Checks of the exercises in the chapter on layer normalization blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("One mean and one variance for each position: no other example, no other step.")
def layer_norm(answer):
    """`layer_norm(x, gamma, beta, epsilon)`: x of shape (B, T, D), over its features."""
    rng = np.random.default_rng(3)
    x = rng.normal(1, 2, size=(4, 4, 4))  # equal sizes: the wrong axis fits too
    gamma, beta = rng.normal(size=(2, 4))
    epsilon = 0.5

    def run(axes=-1, outside=False, add=epsilon, root=np.sqrt, ddof=0):
        mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True, ddof=ddof)
        below = root(variance) + add if outside else root(variance + add)
        return gamma * (x - mean) / below + beta

    expect_close(
        answer(x, gamma, beta, epsilon),
        run(),
        "layer_norm(x, gamma, beta, epsilon)",
        mistakes=[
            (run(0), "This is taken over the batch, axis 0. The features are the last axis."),
            (run((0, 1)), "This is batch normalization: mean and variance over the last axis."),
            (run((1, 2)), "This is taken over time too, which lets the future in: axis -1 alone."),
            (run(1), "This is taken over time, axis 1. The features are the last axis."),
            (run(None), "There is one mean for the whole array. Each position has its own."),
            (run(add=0), "epsilon is missing. It is added to the variance, under the root."),
            (run(outside=True), "epsilon belongs under the root, to the variance."),
            (run(root=lambda v: v), "Divide by the standard deviation: np.sqrt is missing."),
            (run(ddof=1), "Divide the sum of squares by D, not by D - 1: np.var without ddof."),
            ((run() - beta) / gamma, "gamma and beta are missing."),
            (run() - beta, "beta is missing."),
            ((run() - beta) / gamma + beta, "gamma is missing."),
            (
                gamma * (run() - beta) / gamma + gamma * beta,
                "beta is added after the scaling: it is not multiplied by gamma.",
            ),
        ],
        hint="Mean and variance are taken with axis=-1 and keepdims=True.",
    )


@exercise("It calls each kind what it is, and it would have caught the coins.")
def looks_ahead(answer):
    """`looks_ahead(function, x)`: do outputs before the last step depend on the last step?"""
    x = np.random.default_rng(4).normal(size=(2, 5, 3))

    def says(function):
        result = answer(function, x)
        expect(
            isinstance(result, (bool, np.bool_)),
            f"looks_ahead returns True or False. It returned {result!r:.40}.",
        )
        return bool(result)

    def layer(x):
        return (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)

    def over_time(x):
        return x - x.mean(axis=1, keepdims=True)

    expect(
        not says(layer),
        "Layer normalization over the features does not look ahead, but you say that it does. Of "
        "course its *last* output depends on the last step. Compare the outputs before it: "
        "[:, :-1].",
    )
    expect(
        not says(lambda x: np.cumsum(x, axis=1)),
        "A running sum does not look ahead: each output uses the steps up to its own. Change the "
        "last step alone, and compare the outputs before it.",
    )
    expect(
        says(over_time),
        "Subtracting the mean over time does look ahead, but you say that it does not. Change "
        "the last step, x[:, -1], and compare all outputs before it.",
    )
    expect(
        says(lambda x: x / np.sqrt(np.mean(x**2, axis=(1, 2), keepdims=True))),
        "A scale over time and features looks ahead, but you say that it does not.",
    )
    expect(
        says(lambda x: x + np.roll(layer(x), -1, axis=1)),
        "A layer that adds the next step, normalized, to each looks ahead, but you say that it "
        "does not. If you add one number to all features, a normalization takes it away again: "
        "change each feature by a different amount.",
    )
    expect(
        says(lambda x: x[:, ::-1]),
        "Turning time around looks ahead, but you say that it does not: the first output is the "
        "last step. Compare all outputs before the last.",
    )


@exercise("With one group it is layer normalization of images, with C groups instance norm.")
def group_norm(answer):
    """`group_norm(x, groups, epsilon)`: x of shape (B, H, W, C), by groups of channels."""
    x = np.random.default_rng(5).normal(1, 2, size=(2, 4, 4, 4))
    x *= np.arange(1, 5)  # so that groups differ
    epsilon = 0.1

    def run(shape, axes, order=None):
        y = x if order is None else x[..., order]
        y = y.reshape(shape)
        y = (y - y.mean(axes, keepdims=True)) / np.sqrt(y.var(axes, keepdims=True) + epsilon)
        y = y.reshape(x.shape)
        return y if order is None else y[..., np.argsort(order)]

    for groups in (2, 1, 4):
        shape = (2, 4, 4, groups, 4 // groups)
        expect_close(
            answer(x, groups, epsilon),
            run(shape, (1, 2, 4)),
            f"group_norm(x, {groups}, {epsilon}), with x of shape {x.shape}",
            mistakes=[
                (run(shape, (0, 1, 2, 4)), "The examples meet: axis 0 is not averaged over."),
                (run(shape, 4), "Each pixel is normalized alone. A group covers all places too."),
                (
                    run((2, 4, 4, 4 // groups, groups), (1, 2, 3)),
                    "A group is made of every second channel. Neighbours belong together: the "
                    "axis of the groups comes before that of their channels.",
                ),
                (run(shape, (1, 2)), "This is instance normalization: each channel alone."),
                (run(shape, (1, 2, 3, 4)), "All channels are one group. Split them first."),
            ],
            hint="After the reshape to (B, H, W, groups, C // groups), average over 1, 2 and 4.",
        )


@exercise("The mean is gone before the normalization, so RMS normalization is enough.")
def centred(answer):
    """`centred(W, b)`: a kernel and a bias whose outputs have mean 0 over the units."""
    rng = np.random.default_rng(6)
    W, b = rng.normal(1, 2, size=(4, 4)), rng.normal(1, 2, size=4)
    result = answer(W, b)
    expect(
        isinstance(result, (tuple, list)) and len(result) == 2,
        "centred returns a pair: return kernel, bias.",
    )
    expect_close(
        result[0],
        W - W.mean(axis=1, keepdims=True),
        "The kernel",
        mistakes=[
            (W - W.mean(axis=0), "This centres over the inputs. The units are the last axis."),
            (W - W.mean(), "One mean for the whole kernel is not enough: each row has its own."),
            (W, "The kernel is unchanged, so the outputs' mean still depends on x."),
        ],
        hint="Subtract from each row of W, the weights of one input, its mean over the units.",
    )
    expect_close(
        result[1],
        b - b.mean(),
        "The bias",
        mistakes=[(b, "The bias has a mean over the units too: subtract it.")],
        hint="Subtract its mean from b.",
    )
