"""Checks of the exercises in the chapter on residual blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect_close


@exercise("These are the ResNets of the paper's table: 18, 34, 50, 101 and 152.")
def depth(answer):
    """`depth(blocks, convolutions)`: the number in the name of a ResNet."""

    def ask(blocks, convolutions):
        total = sum(blocks) * convolutions
        expect_close(
            answer(blocks, convolutions),
            total + 2,
            f"depth({blocks}, {convolutions})",
            mistakes=[
                (total, "The stem's convolution and the dense layer at the end count too."),
                (total + 1, "Two more layers count: the stem's convolution and the dense layer."),
                (
                    total + 2 + len(blocks),
                    "Leave the projections out: they lie beside the way, not on it.",
                ),
                (
                    len(blocks) * convolutions + 2,
                    "These are as many blocks as stages. Add up the blocks of all stages.",
                ),
                (sum(blocks) + 2, "A block counts for each of its convolutions."),
                (
                    2 * total + 2,
                    "Normalizations do not count, only layers with kernels.",
                ),
            ],
            hint="Add up the blocks of all stages, each for its convolutions; then two more.",
        )

    ask([3, 4, 6, 3], 3)
    ask([2, 2, 2, 2], 2)
    ask([3, 4, 6, 3], 2)
    ask([3, 4, 23, 3], 3)
    ask([3, 8, 36, 3], 3)


@exercise("Keras counts as many in the kernels of BottleneckBlock.")
def bottleneck_weights(answer):
    """`bottleneck_weights(channels, filters, strides)`: the weights in all kernels of a block."""

    def ask(channels, filters, strides):
        first, middle, last = channels * filters, 9 * filters**2, 4 * filters**2
        branch, projection = first + middle + last, 4 * channels * filters
        fits = channels == 4 * filters
        right = branch + (0 if fits and strides == 1 else projection)
        expect_close(
            answer(channels, filters, strides),
            right,
            f"bottleneck_weights({channels}, {filters}, {strides})",
            mistakes=[
                (
                    branch,
                    "The projection is missing: either the channels change here, or the strides "
                    "make the maps smaller.",
                ),
                (
                    branch + projection,
                    "There is no projection here: the input fits as it is, 4 * filters channels "
                    "and a stride of 1.",
                ),
                (
                    right - last + filters**2,
                    "The last convolution makes 4 * filters channels.",
                ),
                (
                    right - middle + filters**2,
                    "The convolution in the middle is 3 × 3: nine weights for each pair of "
                    "channels.",
                ),
                (
                    right - middle + 3 * filters**2,
                    "The kernel in the middle has a height and a width: 3 * 3 weights.",
                ),
                (
                    9 * branch - 8 * middle + right - branch,
                    "Only the convolution in the middle is 3 × 3. The other two are 1 × 1.",
                ),
                (
                    branch + channels * filters,
                    "The projection leads to the channels of the output, 4 * filters.",
                ),
                (
                    branch + 9 * projection,
                    "The projection is a 1 × 1 convolution.",
                ),
            ],
            hint="Three kernels: channels → filters, filters → filters with 3 × 3, "
            "filters → 4 * filters. A fourth where the shape changes.",
        )

    ask(20, 5, 1)
    ask(20, 5, 2)
    ask(7, 5, 1)
    ask(7, 5, 2)


@exercise("This is option A of the paper: a shortcut without weights.")
def pad_shortcut(answer):
    """`pad_shortcut(x, filters, strides)`: every strides-th pixel, zeros for new channels."""
    rng = np.random.default_rng(5)

    def ask(shape, filters, strides):
        x = rng.normal(size=shape)
        channels = shape[-1]
        more = filters - channels

        def pad(part, before, after):
            return np.pad(part, ((0, 0), (0, 0), (0, 0), (before, after)))

        picked = x[:, ::strides, ::strides]
        whole = x[:, : shape[1] // strides * strides, : shape[2] // strides * strides]
        blocks = whole.reshape(
            shape[0], shape[1] // strides, strides, shape[2] // strides, strides, channels
        )
        mistakes = [
            (
                pad(x, 0, more),
                "The strides are missing: take every strides-th row and column of pixels.",
            ),
            (
                pad(x[:, ::strides], 0, more),
                "The stride goes down and across: width is the axis after height.",
            ),
            (picked, "The new channels are missing: add channels of zeros at the end."),
            (
                pad(picked, 0, filters),
                "There should be filters channels in all: add filters minus those of x.",
            ),
            (
                pad(picked, more, 0),
                "The zeros stand in front. The channels of x come first, the new ones last.",
            ),
            (
                pad(picked, more // 2, more - more // 2),
                "The zeros stand on both sides. The channels of x come first, the new ones last.",
            ),
            (
                picked[..., np.arange(filters) % channels],
                "The new channels repeat the old ones. They should be zero: there is nothing to "
                "add yet.",
            ),
            (
                pad(blocks.mean(axis=(2, 4)), 0, more),
                "These are means over squares of pixels. Option A takes one pixel of each square.",
            ),
            (
                pad(blocks.max(axis=(2, 4)), 0, more),
                "These are maxima over squares of pixels. Option A takes one pixel of each square.",
            ),
            (
                pad(x[:, strides - 1 :: strides, strides - 1 :: strides], 0, more),
                "Begin with the first pixel, at index 0.",
            ),
        ]
        expect_close(
            answer(x, filters, strides),
            pad(picked, 0, more),
            f"pad_shortcut(x, {filters}, {strides}), with x of shape {shape}",
            mistakes=mistakes,
            hint="Slice with a step along height and width; then np.pad along the last axis.",
        )

    ask((2, 6, 8, 3), 7, 2)
    ask((2, 6, 9, 2), 5, 3)
    ask((1, 4, 4, 3), 3, 1)


@exercise("With an unchanged shape, nothing stands on the way around: x itself arrives.")
def pre_activation(answer):
    """`pre_activation(x, norm1, conv1, norm2, conv2, projection)`: the block's output."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(2, 3, 3, 4))
    W1, W2, W3 = rng.normal(size=(3, 4, 4))

    def relu(z):
        return np.maximum(z, 0)

    def norm1(z):
        return 0.7 * np.asarray(z) + 0.3

    def norm2(z):
        return 1.3 * np.asarray(z) - 0.4

    def conv1(z):
        return np.asarray(z) @ W1

    def conv2(z):
        return np.asarray(z) @ W2

    def projection(z):
        return np.asarray(z) @ W3

    h = relu(norm1(x))
    branch = conv2(relu(norm2(conv1(h))))
    he = norm2(conv2(relu(norm1(conv1(x)))))
    no_relu = conv2(norm2(conv1(norm1(x))))
    first_only, second_only = conv2(norm2(conv1(h))), conv2(relu(norm2(conv1(norm1(x)))))
    relu_first = conv2(norm2(relu(conv1(norm1(relu(x))))))
    for name, project in (("None", None), ("projection", projection)):
        around = x if project is None else project(h)
        mistakes = [
            (branch, "This is the branch alone. What is it added to?"),
            (
                relu(around + branch),
                "There is an activation after the sum. Here both stand before a convolution.",
            ),
            (
                relu((x if project is None else project(x)) + he),
                "This is He's first block: convolution, normalization, activation. Here each "
                "convolution comes after its normalization and activation.",
            ),
            (
                (x if project is None else project(x)) + he,
                "Turn the order around: normalization, activation, then convolution, twice.",
            ),
            (around + no_relu, "The activations are missing: ReLU follows each normalization."),
            (around + first_only, "The second activation is missing."),
            (
                around + second_only,
                "The first activation is missing: conv1 reads relu(norm1(x)).",
            ),
            (
                around + relu_first,
                "The activation follows the normalization, and the convolution both.",
            ),
        ]
        if project is None:
            mistakes.append((h + branch, "Without a projection, x itself is added, as it came in."))
        else:
            mistakes += [
                (
                    x + branch,
                    "The projection is not used. Where there is one, it takes the place of x.",
                ),
                (
                    project(x) + branch,
                    "The projection reads what the first convolution reads: the normalized and "
                    "activated x.",
                ),
            ]
        expect_close(
            answer(x, norm1, conv1, norm2, conv2, project),
            around + branch,
            f"pre_activation(x, norm1, conv1, norm2, conv2, {name})",
            mistakes=mistakes,
            hint="h is relu(norm1(x)). The branch is conv2(relu(norm2(conv1(h)))).",
        )
