"""Checks of the exercises in the chapter on skip connections."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("A sum is a concatenation whose two halves must share one kernel.")
def as_concat(answer):
    """`as_concat(W)`: the kernel V with concat(x, f) @ V = (x + f) @ W."""
    rng = np.random.default_rng(0)
    for shape, what in (((3, 3), "as_concat(W) of a square W"), ((4, 2), "as_concat(W)")):
        W = rng.normal(size=shape)
        expect_close(
            answer(W),
            np.concatenate([W, W]),
            what,
            mistakes=[
                (
                    np.concatenate([W, W], axis=1),
                    "The two copies stand side by side: that gives twice the outputs. The input "
                    "is what has grown, and a kernel has one row for each input.",
                ),
                (
                    np.concatenate([W, W]) / 2,
                    "This gives half the sum: it averages. Each of the two is multiplied by W "
                    "as it is.",
                ),
                (
                    np.concatenate([W, np.zeros_like(W)]),
                    "The lower half is zero, so f is left out. The sum has both.",
                ),
                (
                    np.concatenate([np.zeros_like(W), W]),
                    "The upper half is zero, so x is left out. The sum has both.",
                ),
                (
                    np.concatenate([W, np.eye(*shape)]),
                    "f reaches the output unmixed. It goes through W as x does.",
                ),
                (
                    np.repeat(W, 2, axis=0),
                    "The rows are right, their order is not: all of x comes first, then all of f.",
                ),
                (
                    W,
                    "V needs a row for each feature of x and one for each of f: twice as many "
                    "as W.",
                ),
            ],
            hint="Write (x + f) @ W as x @ W + f @ W.",
        )


@exercise("Keras counts the same: each layer costs more than the one before it.")
def kernel_weights(answer):
    """`kernel_weights(channels, growth, count)`: the weights in a DenseNet block's kernels."""
    channels, growth, count = 5, 4, 3

    def right(channels, growth, count):
        return sum(9 * (channels + i * growth) * growth for i in range(count))

    expect_close(
        answer(channels, growth, count),
        right(channels, growth, count),
        "kernel_weights(5, 4, 3)",
        mistakes=[
            (
                count * 9 * channels * growth,
                "Every layer is counted as if it saw the input alone. Layer i also sees the "
                "outputs of the i layers before it.",
            ),
            (
                right(channels, growth, count) + count * growth,
                "The biases are counted too. The task asks for the kernels.",
            ),
            (
                right(channels, growth, count) // 9,
                "The kernels are 3 × 3: nine weights for each pair of an input and an output "
                "channel.",
            ),
            (
                right(channels, growth, count) // 3,
                "The kernels are 3 × 3: nine weights, not three, for each pair of channels.",
            ),
            (
                9 * channels * growth + (count - 1) * 9 * growth**2,
                "Each layer is counted as if it saw the layer before it alone. It sees everything "
                "before it.",
            ),
            (
                right(channels + growth, growth, count),
                "The count starts one layer too late: the first layer sees the input channels "
                "and nothing else.",
            ),
            (
                sum(9 * (channels + i * growth) ** 2 for i in range(count)),
                "Each layer makes `growth` channels, however many it sees.",
            ),
            (
                sum(
                    9 * (channels + i * growth) * (channels + (i + 1) * growth)
                    for i in range(count)
                ),
                "What comes after the concatenation is not made by the layer: its kernel makes "
                "`growth` channels.",
            ),
            (
                channels + count * growth,
                "These are the channels of the output. How many weights made them?",
            ),
        ],
        hint="Add up, for each layer, 9 × the channels it sees × the channels it makes.",
    )
    expect_close(
        answer(8, 12, 1),
        right(8, 12, 1),
        "kernel_weights(8, 12, 1)",
        hint="Three layers were right. Is it right for any number of layers?",
    )


@exercise("The upstream gradient comes through whole, and each branch adds its part.")
def backward(answer):
    """`backward(gradient, jacobians)`: through a stack of skips, from the last to the first."""
    rng = np.random.default_rng(5)
    gradient = rng.normal(size=3)
    jacobians = [rng.normal(size=(3, 3)) for _ in range(3)]

    def run(step, jacobians):
        g = gradient
        for J in jacobians:
            g = step(g, J)
        return g

    def right(g, J):
        return g + g @ J

    backwards = jacobians[::-1]
    expect_close(
        answer(gradient, jacobians),
        run(right, backwards),
        "backward(gradient, jacobians)",
        mistakes=[
            (
                run(lambda g, J: g @ J, backwards),
                "These are plain layers: the way around is missing. A skip hands on the gradient "
                "itself as well.",
            ),
            (
                run(right, jacobians),
                "The order is that of the forward pass. The gradient comes to the last layer "
                "first.",
            ),
            (
                run(lambda g, J: g + J @ g, backwards),
                "J is transposed. The gradient has one entry for each output, and the outputs "
                "are the rows of J: g @ J.",
            ),
            (
                run(lambda g, J: g + J @ g, jacobians),
                "J is transposed, and the order is that of the forward pass.",
            ),
            (
                gradient + run(lambda g, J: g @ J, backwards),
                "There is one way around the whole stack here. Each layer has its own: add at "
                "each of them.",
            ),
            (
                gradient + sum(gradient @ J for J in jacobians),
                "Each branch gets the gradient of the end. It gets what has arrived at it, with "
                "the parts that later branches have added.",
            ),
            (
                run(lambda g, J: (g + g @ J) / 2, backwards),
                "The two ways are averaged. They add up.",
            ),
            (gradient, "Only the way around all layers is there. What do the branches add?"),
        ],
        hint="Through one skip, g becomes g + g @ J. Begin with the last.",
    )
    expect_close(
        answer(gradient, []),
        gradient,
        "backward(gradient, [])",
        hint="With no layer at all, the gradient stays as it is.",
    )


@exercise("One draw for each example; on average, training and inference agree.")
def stochastic_depth(answer):
    """`stochastic_depth(x, branch, rate, rng, training)`: x and, for some examples, its branch."""
    rng = np.random.default_rng(0)
    x, branch = rng.uniform(1, 2, size=(2, 2000, 3, 2))
    rate = 0.2
    expect_close(
        answer(x, branch, rate, np.random.default_rng(1), False),
        x + branch,
        "stochastic_depth(x, branch, 0.2, rng, training=False)",
        mistakes=[
            (x, "In inference the branch is missing. Every branch is there."),
            (
                x + branch * (1 - rate),
                "In inference the branch is rescaled. Rescale in training, as the layer does, "
                "and inference has nothing to do.",
            ),
            (
                x + branch / (1 - rate),
                "In inference the branch is rescaled. Rescale in training only.",
            ),
        ],
        hint="In inference nothing is left out: x + branch.",
    )

    what = "stochastic_depth(x, branch, 0.2, rng, training=True)"
    y = expect_shape(answer(x, branch, rate, np.random.default_rng(1), True), x.shape, what)
    expect(
        not np.any(np.all(y == 0, axis=(1, 2))) and np.all(np.abs(y) > 1e-9),
        "Where the branch is left out, x is lost too. The way around always stays.",
    )
    factors = (y - x) / branch
    zero = np.abs(factors) < 1e-6
    whole = zero.all(axis=(1, 2)) | ~zero.any(axis=(1, 2))
    expect(
        whole.all(),
        "Single entries of a branch are left out: that is dropout. Draw one number for each "
        "example, and leave out its whole branch.",
    )
    share = zero.mean()
    expect(
        0 < share < 1,
        "All examples share one draw. Draw one number for each example: rng.random(len(x)).",
    )
    expect(
        abs(share - (1 - rate)) > 0.05,
        f"The branch is left out for {share:.0%} of the examples: that is the share to keep.",
    )
    expect(abs(share - rate) < 0.05, f"The branch is left out for {share:.0%}, not 20%.")
    kept = ~zero
    expect_close(
        factors[kept],
        np.full(kept.sum(), 1 / (1 - rate)),
        "The factor of a branch that is kept",
        mistakes=[
            (
                np.ones(kept.sum()),
                "A branch that is kept must grow by 1 / (1 - rate), or inference adds more "
                "than training did on average.",
            ),
            (
                np.full(kept.sum(), 1 - rate),
                "A branch that is kept shrinks by 1 - rate. Divide by it instead.",
            ),
            (
                np.full(kept.sum(), 1 / rate),
                "Divide by the share that is kept, 1 - rate, not by the rate.",
            ),
        ],
        hint="It should be 1 / (1 - rate), and x should not be scaled.",
    )
    expect_close(
        answer(x, branch, rate, np.random.default_rng(1), True),
        y,
        "A second call with an equal rng",
        hint="Take every random number from rng: then an equal rng gives an equal result.",
    )
