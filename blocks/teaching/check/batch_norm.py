"""Checks of the exercises in the chapter on batch normalization blocks."""

import math

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("At momentum 0.99 an average needs hundreds of steps, at 0.9 a few dozen.")
def steps_needed(answer):
    """`steps_needed(momentum, share)`: steps until an average has gone `share` of the way."""
    for momentum, share in ((0.99, 0.9), (0.9, 0.95), (0.5, 0.9)):
        exact = math.log(1 - share) / math.log(momentum)
        expect_close(
            answer(momentum, share),
            math.ceil(exact),
            f"steps_needed({momentum}, {share})",
            mistakes=[
                (exact, "There is no part of a step: round up to a whole one."),
                (math.floor(exact), "At this step the share is not reached yet: round up."),
                (
                    math.ceil(math.log(share) / math.log(momentum)),
                    "This is when the share is still missing. What is missing is a^t, so the way "
                    "gone is 1 - a^t.",
                ),
                (
                    math.ceil(math.log(1 - share) / math.log(1 - momentum)),
                    "The momentum is the share of the old average that a step keeps, so a^t is "
                    "missing, not (1 - a)^t.",
                ),
                (
                    math.ceil(share / (1 - momentum)),
                    "A step covers 1 - a of what is still missing, not of the whole way.",
                ),
                (
                    math.ceil(math.log10(1 - share) / math.log(momentum)),
                    "Take both logarithms to the same base.",
                ),
            ],
            hint="Solve momentum**t <= 1 - share for t.",
        )


@exercise("So averages can be made true after training, one batch at a time.")
def pooled(answer):
    """`pooled(batches)`: mean and variance of each feature over all examples."""
    rng = np.random.default_rng(5)
    batches = [
        rng.normal(center, 1 + center, size=(size, 3)) for center, size in enumerate((4, 7, 2))
    ]
    everything = np.concatenate(batches)
    result = answer(batches)
    expect(
        isinstance(result, (tuple, list)) and len(result) == 2,
        "Return two things, the mean and the variance: return mean, variance.",
    )
    means, variances = ([f(x, axis=0) for x in batches] for f in (np.mean, np.var))
    sizes = [len(x) for x in batches]
    mean = expect_close(
        result[0],
        everything.mean(axis=0),
        "the mean",
        mistakes=[
            (
                np.mean(means, axis=0),
                "The batches differ in size, so each mean has to count as often as its batch has "
                "examples.",
            ),
            (everything.mean(), "Each feature has a mean of its own: sum over axis 0 alone."),
            (everything.sum(axis=0), "This is the sum. Divide by the number of examples."),
            (
                everything.sum(axis=0) / len(batches),
                "Divide by the number of examples, not by the number of batches.",
            ),
        ],
        hint="Add up the values of all batches and divide by the number of all examples.",
    )
    within = np.average(variances, axis=0, weights=sizes)
    expect_close(
        result[1],
        everything.var(axis=0),
        "the variance",
        mistakes=[
            (
                np.mean(variances, axis=0),
                "The mean of the variances leaves out that the means of the batches differ.",
            ),
            (
                within,
                "The mean of the variances, even weighted by size, leaves out that the means of "
                "the batches differ.",
            ),
            (
                within - mean**2,
                "The mean of the squares is needed: that is the variance plus the squared mean.",
            ),
            ((everything**2).mean(axis=0), "Subtract the square of the mean."),
            (everything.std(axis=0), "This is the standard deviation. Leave out the root."),
            (
                everything.var(axis=0, ddof=1),
                "Divide by the number of examples, not by one less, as the layer does.",
            ),
            (everything.var(), "Each feature has a variance of its own: sum over axis 0 alone."),
        ],
        hint="The variance is the mean of the squares minus the square of the mean.",
    )


@exercise("One dense layer does the work of the normalization before it.")
def fold_forward(answer):
    """`fold_forward(W, b, gamma, beta, mean, variance, epsilon)`: a kernel and a bias."""
    rng = np.random.default_rng(6)
    W, b = rng.normal(size=(4, 4)), rng.normal(size=4)  # square: a wrong axis runs, too
    gamma, variance = rng.uniform(0.5, 2, size=4), rng.uniform(0.2, 3, size=4)
    beta, mean, epsilon = rng.normal(size=4), rng.normal(size=4), 0.1
    result = answer(W, b, gamma, beta, mean, variance, epsilon)
    expect(
        isinstance(result, (tuple, list)) and len(result) == 2,
        "Return two things, the kernel and the bias: return kernel, bias.",
    )
    scale = gamma / np.sqrt(variance + epsilon)
    column = scale[:, np.newaxis]
    expect_close(
        result[0],
        column * W,
        "the kernel",
        mistakes=[
            (
                W * scale,
                "The scale belongs to the inputs, the rows of W; here it multiplies the columns. "
                "Give it a second axis: scale[:, np.newaxis].",
            ),
            (W, "The kernel has to take over the scale, gamma / sqrt(variance + epsilon)."),
            (
                (gamma / np.sqrt(variance))[:, np.newaxis] * W,
                "Epsilon is missing: it is added to the variance before the root.",
            ),
            (
                (gamma / (np.sqrt(variance) + epsilon))[:, np.newaxis] * W,
                "Epsilon is added to the variance, inside the root.",
            ),
            (
                (gamma / (variance + epsilon))[:, np.newaxis] * W,
                "Divide by the standard deviation, the root of the variance.",
            ),
            (W / np.sqrt(variance + epsilon)[:, np.newaxis], "Gamma is missing from the scale."),
        ],
        hint="Which number multiplies x in the normalization?",
    )
    shift = beta - mean * scale
    expect_close(
        result[1],
        shift @ W + b,
        "the bias",
        mistakes=[
            (b, "The bias has to take over what the shift beta - mean * scale adds."),
            (shift @ W, "The bias b of the dense layer is missing."),
            (
                shift + b,
                "The shift happens before the layer, so it goes through the kernel: shift @ W.",
            ),
            (
                shift @ (column * W) + b,
                "The shift already has its scale: it goes through W, not through the new kernel.",
            ),
            (
                (beta - mean) @ W + b,
                "The mean is subtracted before the division, so it is scaled too: mean * scale.",
            ),
            (
                (beta + mean * scale) @ W + b,
                "The mean is subtracted: mind the sign of mean * scale.",
            ),
            (W @ shift + b, "The shift is a row, as x is: shift @ W, not W @ shift."),
        ],
        hint="Multiply (x * scale + shift) @ W + b out: what does not contain x?",
    )


@exercise("It is the gradient that TensorFlow computes, through mean and variance as well.")
def input_gradient(answer):
    """`input_gradient(x, upstream, epsilon)`: the gradient with respect to x."""
    rng = np.random.default_rng(7)
    x, g, epsilon = rng.normal(1, 2, size=(6, 3)), rng.normal(size=(6, 3)), 0.5
    root = np.sqrt(x.var(axis=0) + epsilon)
    z = (x - x.mean(axis=0)) / root
    right = (g - g.mean(axis=0) - z * (g * z).mean(axis=0)) / root
    pure = (x - x.mean(axis=0)) / x.std(axis=0)
    expect_close(
        answer(x, g, epsilon),
        right,
        "input_gradient(x, upstream, 0.5)",
        mistakes=[
            (
                g / root,
                "This takes mean and variance for constants. They depend on x too: two terms are "
                "missing.",
            ),
            (
                (g - g.mean(axis=0)) / root,
                "The way through the mean is there, the one through the variance is missing.",
            ),
            (
                (g - z * (g * z).mean(axis=0)) / root,
                "The way through the variance is there, the one through the mean is missing.",
            ),
            (right * root, "Every part is divided by the root of the variance plus epsilon."),
            (
                (g - g.sum(axis=0) - z * (g * z).sum(axis=0)) / root,
                "Take means over the batch, not sums: mean and variance divide by m.",
            ),
            (
                (g - g.mean(axis=0) - pure * (g * pure).mean(axis=0)) / x.std(axis=0),
                "Epsilon is missing: it is added to the variance, in z and in the division.",
            ),
            (
                (g - g.mean(axis=0) - x * (g * x).mean(axis=0)) / root,
                "The last term needs the normalized values, not x.",
            ),
            (
                (g - g.mean() - z * (g * z).mean()) / root,
                "Each feature has its own statistics: take the means over axis 0.",
            ),
            (
                (g - g.mean(axis=0) + z * (g * z).mean(axis=0)) / root,
                "The sign of the last term is wrong: both terms are subtracted.",
            ),
        ],
        hint="Add the three ways: directly, through the mean, and through the variance.",
    )
