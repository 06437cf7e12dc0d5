"""Checks of the exercises in the chapter on dense blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("A dense block is that loop: a matrix product, a shift, a bend, once a layer.")
def forward(answer):
    """`forward(x, weights)`: the output of a dense block; `weights` lists a pair (W, b) a layer."""

    def run(x, weights, step):
        for W, b in weights:
            x = step(x, W, b)
        return x

    def right(x, W, b):
        return np.maximum(x @ W + b, 0)

    # Batch, features and units are all 3 here, so that the wrong products can be computed too;
    # with this seed every mistake gives a value of its own.
    rng = np.random.default_rng(22)
    x = rng.normal(size=(3, 3))
    weights = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)]
    *first, (W, b) = weights
    expect_close(
        answer(x, weights),
        run(x, weights, right),
        "forward(x, weights)",
        mistakes=[
            (
                run(x, weights, lambda x, W, b: x @ W + b),
                "There is no activation: this is one linear map, however many layers it has. "
                "Put ReLU after each layer: np.maximum(y, 0).",
            ),
            (
                run(x, first, right) @ W + b,
                "The activation after the last layer is missing. In a dense block every layer "
                "has one.",
            ),
            (
                run(x, weights, lambda x, W, b: np.maximum(x @ W, 0) + b),
                "The bias comes after the activation. It belongs inside: ReLU(xW + b).",
            ),
            (
                run(x, weights, lambda x, W, b: np.maximum(W @ x + b, 0)),
                "The product is the wrong way around. The examples are the rows of x, so x "
                "stands on the left: x @ W.",
            ),
            (
                run(x, weights, lambda x, W, b: np.maximum(x @ W.T + b, 0)),
                "The kernel is transposed. Its shape is (features, units), so x @ W fits as it "
                "is, without .T.",
            ),
            (
                run(x, weights, lambda x, W, b: np.maximum(x @ W, 0)),
                "The bias is missing: add b before the activation.",
            ),
        ],
        hint="Each layer takes the output of the layer before it, x, to ReLU(xW + b).",
    )
    sizes = [4, 5, 3, 2]
    weights = [
        (rng.normal(size=(n, m)), rng.normal(size=m))
        for n, m in zip(sizes, sizes[1:], strict=False)
    ]
    x = rng.normal(size=(7, 4))
    expect_close(
        answer(x, weights),
        run(x, weights, right),
        "forward(x, weights) of three layers",
        hint="Two layers of equal widths were right. Does it use every pair (W, b) in order?",
    )


@exercise("Keras counts the same: a kernel of inputs × units and a bias for every unit.")
def count_parameters(answer):
    """`count_parameters(inputs, units)`: the number of weights of a dense block."""
    inputs, units = 4, [3, 5, 2]
    sizes = np.array([inputs, *units])
    kernels = (sizes[:-1] * sizes[1:]).sum()
    expect_close(
        answer(inputs, units),
        kernels + sum(units),
        "count_parameters(4, [3, 5, 2])",
        mistakes=[
            (kernels, "The biases are missing: each layer has one for every unit."),
            (sizes.prod(), "The layers follow each other, so their weights add up."),
            (
                kernels + sum(sizes),
                "The input has no weights of its own: count biases for the units alone.",
            ),
            (
                inputs * sum(units) + sum(units),
                "Only the first layer sees the input. Each later one gets the units of the layer "
                "before it.",
            ),
        ],
    )
    expect_close(
        answer(10, [1]),
        11,
        "count_parameters(10, [1])",
        hint="Three layers were right. Is it right for any number of layers?",
    )


@exercise("With it, the signal neither fades nor explodes on its way through ReLU layers.")
def he_std(answer):
    """`he_std(inputs, units)`: the standard deviation of He's initial weights of a dense layer."""
    inputs, units = 50, 20
    expect_close(
        answer(inputs, units),
        np.sqrt(2 / inputs),
        "he_std(50, 20)",
        mistakes=[
            (2 / inputs, "This is the variance. The standard deviation is its square root."),
            (
                np.sqrt(1 / inputs),
                "This keeps the variance through a linear layer. ReLU sets half of the signal "
                "to zero: make up for it with a factor of 2 in the variance.",
            ),
            (
                np.sqrt(2 / (inputs + units)),
                "This is Glorot's rule, a compromise between the signal and the gradient, "
                "made for layers without ReLU.",
            ),
            (
                np.sqrt(2 / units),
                "This divides by the units. A unit sums over its inputs: their number counts.",
            ),
            (np.sqrt(inputs / 2), "This is upside down: more inputs call for smaller weights."),
        ],
        hint="Which variance of the weights makes the mean square of a layer's output, after "
        "ReLU, that of its input?",
    )


@exercise("In training it drops and rescales, so in inference it has nothing to do.")
def dropout(answer):
    """`dropout(x, rate, rng, training)`: inverted dropout."""
    x = np.random.default_rng(0).uniform(1, 2, size=(200, 500))
    rate = 0.2
    expect_close(
        answer(x, rate, np.random.default_rng(1), False),
        x,
        "dropout(x, 0.2, rng, training=False)",
        mistakes=[
            (x * (1 - rate), "In inference x is rescaled. Inverted dropout rescales in training."),
            (x / (1 - rate), "In inference x is rescaled. Rescale in training only."),
        ],
        hint="In inference dropout does nothing: it returns x.",
    )

    what = "dropout(x, 0.2, rng, training=True)"
    y = expect_shape(answer(x, rate, np.random.default_rng(1), True), x.shape, what)
    kept = y != 0
    share = 1 - kept.mean()
    expect(
        abs(share - (1 - rate)) > 0.02,
        f"{what} drops {share:.0%}: it keeps what it should drop. The rate is the share dropped.",
    )
    expect(share > 0, f"{what} drops nothing.")
    expect(
        0 < kept.mean(axis=0).min() < 1 and 0 < kept.mean(axis=1).min() < 1,
        "Whole rows or columns are dropped together. Draw one number for every entry of x: "
        "rng.random(x.shape).",
    )
    expect(abs(share - rate) < 0.02, f"{what} drops {share:.0%} of the entries, not 20%.")
    expect_close(
        y[kept],
        x[kept] / (1 - rate),
        "What is kept by dropout",
        mistakes=[
            (x[kept], "What is kept must grow by 1 / (1 - rate), or the mean of x shrinks."),
            (x[kept] * (1 - rate), "What is kept shrinks by (1 - rate). Divide by it instead."),
            (x[kept] / rate, "Divide by the share that is kept, 1 - rate, not by the rate."),
        ],
    )
    again = answer(x, rate, np.random.default_rng(1), True)
    expect_close(
        again,
        y,
        "A second call with an equal rng",
        hint="Take every random number from rng: then an equal rng gives an equal result.",
    )
