"""Checks of the exercises in the chapter on convolutional blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("Keras computes the same sizes, with both kinds of padding.")
def output_size(answer):
    """`output_size(n, kernel, stride, padding, dilation)`: how many outputs of n pixels."""

    def ask(*arguments):
        n, kernel, stride, padding, dilation = arguments
        last = n - dilation * (kernel - 1) - 1  # the last place where a window fits
        right = last // stride + 1 if padding == "valid" else -(-n // stride)
        mistakes = (
            [
                (last // stride, "One window fits even where there is no room to move: add 1."),
                (last / stride + 1, "There is no part of a window: round down, with //."),
                (-(-last // stride) + 1, "A window that does not fit is left out: round down."),
                (
                    (n - kernel) // stride + 1,
                    "Dilation spreads the kernel: it spans dilation * (kernel - 1) + 1 pixels.",
                ),
                (
                    (n - dilation * kernel) // stride + 1,
                    "A kernel of 3 with dilation 2 spans 5 pixels, not 6: there are kernel - 1 "
                    "gaps of dilation between its weights, and then one weight more.",
                ),
                (last + 1, "The stride is missing: only every stride-th place is computed."),
                (-(-n // stride), "This is the size with padding='same'. Valid adds no border."),
            ]
            if padding == "valid"
            else [
                (n // stride, "With 'same', the last step may leave the image: round up."),
                (n, "With 'same' the size stays at stride 1 alone. A stride divides it."),
                (n / stride, "Sizes are whole: round up."),
                (last // stride + 1, "This is 'valid'. With 'same' the border is filled up."),
            ]
        )
        expect_close(
            answer(*arguments),
            right,
            f"output_size({n}, {kernel}, {stride}, {padding!r}, {dilation})",
            mistakes=mistakes,
        )

    ask(8, 3, 1, "valid", 1)
    ask(20, 3, 2, "valid", 1)
    ask(20, 3, 1, "valid", 3)
    ask(29, 5, 1, "valid", 3)
    ask(23, 5, 3, "valid", 1)
    ask(13, 3, 1, "same", 1)
    ask(13, 3, 2, "same", 1)
    ask(14, 5, 3, "same", 1)
    ask(14, 3, 1, "same", 4)


@exercise("MobileNet is built on it: at 3 × 3, little more than a ninth of the weights is left.")
def separable_parameters(answer):
    """`separable_parameters(kernel, channels, filters)`: weights without biases."""
    kernel, channels, filters = 5, 7, 11
    depthwise, pointwise = kernel**2 * channels, channels * filters
    expect_close(
        answer(kernel, channels, filters),
        depthwise + pointwise,
        "separable_parameters(5, 7, 11)",
        mistakes=[
            (
                kernel**2 * channels * filters,
                "This is the full convolution, where every filter has a kernel for each channel.",
            ),
            (depthwise * pointwise, "The two layers follow each other: their weights add up."),
            (
                kernel * channels + pointwise,
                "A kernel has a height and a width: kernel * kernel weights.",
            ),
            (depthwise, "The 1 × 1 convolution, which mixes the channels, is missing."),
            (pointwise, "The depthwise convolution, one kernel for each channel, is missing."),
            (
                kernel**2 * filters + pointwise,
                "The depthwise convolution comes first: one kernel for each input channel.",
            ),
            (
                kernel**2 + pointwise,
                "The channels do not share a kernel: each has one of its own.",
            ),
            (
                depthwise + channels + pointwise + filters,
                "These are the weights with biases. Leave the biases out.",
            ),
        ],
        hint="Count the depthwise convolution, then the 1 × 1 convolution, and add.",
    )


@exercise("It is Keras's Conv2D with padding='valid', without the bias.")
def strided_conv2d(answer):
    """`strided_conv2d(x, W, stride)`: an image (height, width, C) under filters (k, k, C, F)."""
    rng = np.random.default_rng(3)

    def run(x, W, stride=1):
        k = len(W)
        height, width = ((n - k) // stride + 1 for n in x.shape[:2])
        y = np.zeros((height, width, W.shape[3]))
        for u in range(k):
            for v in range(k):
                rows = slice(u, u + stride * (height - 1) + 1, stride)
                columns = slice(v, v + stride * (width - 1) + 1, stride)
                y += x[rows, columns] @ W[u, v]
        return y

    x, W = rng.normal(size=(6, 8, 3)), rng.normal(size=(3, 3, 3, 2))
    right = run(x, W)
    expect_close(
        answer(x, W, 1),
        right,
        "strided_conv2d(x, W, 1), with x of shape (6, 8, 3) and W of shape (3, 3, 3, 2)",
        mistakes=[
            (
                run(x, W[::-1, ::-1]),
                "The kernel is turned by half a circle. Keras does not turn it: W[0, 0] belongs "
                "to the upper left pixel of the window.",
            ),
            (
                run(x, W.transpose(1, 0, 2, 3)),
                "Rows and columns of the kernel are swapped: its first axis goes down.",
            ),
            (
                run(x[..., :1], W[:, :, :1]),
                "Only the first channel is counted. Sum over all of them.",
            ),
            (
                right[..., 0],
                "Only the first filter is computed. The last axis of y holds them all.",
            ),
            (
                right.sum(axis=-1),
                "The filters are added up. Each has an output channel of its own.",
            ),
            (
                right / W[..., 0].size,
                "This is the mean of the products. A convolution takes their sum.",
            ),
            (
                run(np.pad(x, ((1, 1), (1, 1), (0, 0))), W),
                "There is a border of zeros around x. Without padding, windows stay inside.",
            ),
            (
                right[:-1, :-1],
                "The last row and column are missing: there are n - k + 1 places, not n - k.",
            ),
        ],
        hint="Is y[i, j] the sum over the window x[i : i + k, j : j + k] of its products with W?",
    )
    for shape, k, stride in (((7, 9, 2), 3, 2), ((8, 10, 2), 2, 3), ((9, 9, 1), 1, 2)):
        x, W = rng.normal(size=shape), rng.normal(size=(k, k, shape[2], 2))
        height, width = ((n - k) // stride + 1 for n in shape[:2])
        expect_close(
            answer(x, W, stride),
            run(x, W, stride),
            f"strided_conv2d(x, W, {stride}), with x of shape {shape} and W of shape {W.shape}",
            mistakes=[
                (run(x, W), "The stride is ignored: compute every stride-th place alone."),
                (
                    run(x, W)[:height, :width],
                    "The windows still move by 1: the window of y[i, j] begins at i * stride.",
                ),
            ],
            hint="With stride 1 it was right. The window of y[i, j] begins at i * stride, "
            "j * stride.",
        )


@exercise("The gradient in the chapter reached just as far.")
def receptive_field(answer):
    """`receptive_field(layers)`: the pixels that one output sees, along one axis."""

    def grow(layers, step=lambda k, s, d, jump: (d * (k - 1) * jump, jump * s), start=1):
        size, jump = start, 1
        for k, s, d in layers:
            more, jump = step(k, s, d, jump)
            size += more
        return size

    def ask(*layers):
        text = ", ".join(map(str, layers))
        expect_close(
            answer(list(layers)),
            grow(layers),
            f"receptive_field([{text}])",
            mistakes=[
                (grow(layers, start=0), "An output sees its own place too: start with 1."),
                (
                    grow(layers, lambda k, s, d, jump: (d * k * jump, jump * s), start=0),
                    "A second kernel of 3 adds 2 pixels, not 3: the windows overlap.",
                ),
                (
                    grow(layers, lambda k, s, d, jump: (d * (k - 1), 1)),
                    "After a stride, neighbours in the map are further apart in the image: "
                    "multiply by all strides before.",
                ),
                (
                    grow(layers, lambda k, s, d, jump: ((k - 1) * jump, jump * s)),
                    "Dilation is ignored: it spreads the weights of its kernel.",
                ),
                (
                    grow(layers, lambda k, s, d, jump: (d * (k - 1) * jump * s, jump * s)),
                    "A layer's own stride does not widen its own windows, only later ones.",
                ),
                (
                    grow(layers, lambda k, s, d, jump: (d * (k - 1) * jump, s)),
                    "Only the stride of the layer before is counted. All strides before multiply.",
                ),
                (
                    grow(layers, lambda k, s, d, jump: (d * (k - 1) * jump, jump * s * d)),
                    "Dilation spreads the kernel, but the map keeps its size: it does not count "
                    "for later layers as a stride does.",
                ),
            ],
            hint="Each layer adds dilation * (kernel - 1), times all strides before it.",
        )

    ask((3, 1, 1))
    ask((3, 1, 1), (3, 1, 1), (5, 1, 1))
    ask((3, 1, 1), (3, 1, 2), (3, 1, 4))
    ask((3, 2, 1), (3, 2, 1), (5, 2, 1))
    ask((7, 2, 1), (2, 3, 1), (3, 1, 2), (3, 2, 1))


@exercise("In inference the normalization costs nothing: it is part of the convolution.")
def fold(answer):
    """`fold(W, gamma, beta, mean, variance, epsilon)`: a kernel and a bias that do the same."""
    rng = np.random.default_rng(5)
    W = rng.normal(size=(3, 3, 4, 4))  # as many channels as filters: the wrong axis fits too
    gamma, beta, mean = rng.normal(size=(3, 4))
    variance, epsilon = rng.uniform(0.5, 2, size=4), 0.1
    result = answer(W, gamma, beta, mean, variance, epsilon)
    expect(
        isinstance(result, (tuple, list)) and len(result) == 2,
        "fold returns a pair: return kernel, bias.",
    )
    scale = gamma / np.sqrt(variance + epsilon)
    expect_close(
        result[0],
        W * scale,
        "The kernel",
        mistakes=[
            (W * gamma / (variance + epsilon), "Divide by the standard deviation: np.sqrt."),
            (
                W * gamma / np.sqrt(variance),
                "epsilon is missing. It belongs under the root: variance + epsilon.",
            ),
            (
                W * gamma / (np.sqrt(variance) + epsilon),
                "epsilon is outside the root. Keras adds it to the variance.",
            ),
            (W / np.sqrt(variance + epsilon), "gamma is missing: it scales every filter."),
            (W, "The kernel is unchanged. Every filter is scaled."),
            (
                W * scale[:, np.newaxis],
                "The input channels are scaled. The filters are on the last axis.",
            ),
        ],
        hint="Each filter W[..., f] is multiplied by gamma[f] / sqrt(variance[f] + epsilon).",
    )
    right = beta - mean * scale
    expect_close(
        result[1],
        right,
        "The bias",
        mistakes=[
            (-mean * scale, "beta is missing."),
            (beta, "The mean is missing: it is subtracted before the scaling."),
            (beta + mean * scale, "The mean is subtracted, so it enters with a minus."),
            (beta - mean, "The mean is subtracted before the scaling, so it is scaled too."),
            (
                beta - mean * gamma,
                "The mean is divided by the standard deviation too, as the kernel is.",
            ),
            ((beta - mean) * scale, "beta is added after the scaling: it is not scaled."),
        ],
        hint="What does the normalization make of an output of 0?",
    )
