"""Checks of the exercises in the chapter on downsampling blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("Keras's blocks have the same sizes, odd ones too.")
def sizes(answer):
    """`sizes(n, blocks)`: the pixels along an axis after each of the blocks."""

    def run(n, blocks, step=lambda n: -(-n // 2)):
        return [n := step(n) for _ in range(blocks)]

    for n, blocks in ((32, 3), (427, 5), (5, 4)):
        result = answer(n, blocks)
        expect(
            isinstance(result, (list, tuple, np.ndarray)),
            f"sizes returns a list. It returned {result!r:.40}.",
        )
        right = run(n, blocks)
        expect(
            len(result) == blocks,
            f"sizes({n}, {blocks}) has {len(result)} numbers, it should have {blocks}: one after "
            "each block, without the input's own.",
        )
        expect_close(
            result,
            right,
            f"sizes({n}, {blocks})",
            mistakes=[
                (run(n, blocks, lambda n: n // 2), "With 'same' padding the size is rounded up."),
                (run(n, blocks, lambda n: n / 2), "Sizes are whole: round up."),
                (run(n, blocks, lambda n: n), "Each block halves the size."),
                (
                    [-(-n // 2)] * blocks,
                    "Each block halves what the one before has left: change n in the loop.",
                ),
                (
                    run(n, blocks, lambda n: (n - 3) // 2 + 1),
                    "This is a convolution without padding. The blocks pad.",
                ),
            ],
            hint="After each block the size is (n + 1) // 2.",
        )


@exercise("A strided convolution costs a quarter of the two others.")
def multiply_adds(answer):
    """`multiply_adds(height, width, channels, filters, kernel, method)`, with a step of 2."""
    height, width, channels, filters, kernel = 9, 6, 5, 7, 3
    weights = kernel**2 * channels * filters
    full, half = height * width, -(-height // 2) * -(-width // 2)
    for method in ("conv", "pool", "blur"):
        places = half if method == "conv" else full
        expect_close(
            answer(height, width, channels, filters, kernel, method),
            weights * places,
            f"multiply_adds(9, 6, 5, 7, 3, {method!r})",
            mistakes=[
                (
                    weights * (half if places == full else full),
                    "With 'conv' the convolution itself takes the step: it is computed at the "
                    "places of the output alone."
                    if method == "conv"
                    else f"With {method!r} the convolution is computed at every place of the "
                    "input; the step comes after it.",
                ),
                (
                    weights * (height // 2) * (width // 2),
                    "An odd size is rounded up: 9 rows become 5.",
                ),
                (weights * full / 4, "Sizes are whole, and an odd one is rounded up."),
                (weights * full / 2, "The step halves the height and the width."),
                (weights, "Each weight is used once at every place: multiply by the places."),
                (weights // kernel * places, "A kernel has kernel * kernel weights."),
                (kernel**2 * channels * places, "Each of the filters has a kernel of its own."),
                (kernel**2 * filters * places, "A kernel covers all channels of the input."),
            ],
            hint="kernel * kernel * channels * filters, times the places where it is computed.",
        )


@exercise("Now you know at which pixels a strided convolution looks.")
def same_padding(answer):
    """`same_padding(n, kernel, stride)`: the pixels in front and behind."""
    for n, kernel, stride in ((8, 3, 1), (8, 2, 1), (8, 3, 2), (7, 3, 2), (9, 5, 3), (9, 1, 3)):
        result = answer(n, kernel, stride)
        what = f"same_padding({n}, {kernel}, {stride})"
        expect(
            isinstance(result, (tuple, list)) and len(result) == 2,
            f"{what} should be a pair: in front, behind.",
        )
        missing = (-(-n // stride) - 1) * stride + kernel - n
        total = max(missing, 0)
        right = total // 2, total - total // 2
        expect_close(
            result,
            right,
            what,
            mistakes=[
                (right[::-1], "The odd pixel goes behind, not in front."),
                ((missing // 2, missing - missing // 2), "Nothing is missing here: at least 0."),
                (
                    ((kernel - 1) // 2, kernel - 1 - (kernel - 1) // 2),
                    "This is right for a step of 1. With a larger one, the windows may end before "
                    "the axis does, and fewer pixels are missing.",
                ),
                ((kernel // 2, kernel // 2), "This is PyTorch's habit: the same on both sides."),
                ((total / 2, total / 2), "There are no halves of pixels. The odd one goes behind."),
                ((total, 0), "What is missing is split in two."),
                ((0, total), "What is missing is split in two."),
            ],
            hint="Missing are (outputs - 1) * stride + kernel - n pixels, or none.",
        )


@exercise("It is BlurPooling2D, without a line of Keras.")
def blur_pool(answer):
    """`blur_pool(x)`: a map of shape (H, W, C), blurred by [1, 2, 1] / 4, every second pixel."""
    x = np.random.default_rng(7).normal(size=(7, 6, 2))

    def run(kernel=(1, 2, 1), mode="edge", axes=(0, 1), first=0, step=2):
        y = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode=mode)
        for axis in (0, 1):
            weights = np.array(kernel if axis in axes else (0, 1, 0))
            slices = [np.take(y, range(i, y.shape[axis] - 2 + i), axis=axis) for i in range(3)]
            y = sum(w * part for w, part in zip(weights / weights.sum(), slices))
        return y[first::step, first::step]

    expect_close(
        answer(x),
        run(),
        "blur_pool(x), with x of shape (7, 6, 2)",
        mistakes=[
            (run(step=1), "It is blurred. Now keep every second pixel each way."),
            (x[::2, ::2], "This is every second pixel, without the blur."),
            (run(mode="constant"), "The border is padded with zeros. Repeat it: mode='edge'."),
            (run(mode="reflect"), "The border is mirrored. Repeat its pixels: mode='edge'."),
            (run(kernel=(1, 1, 1)), "The kernel is [1, 1, 1] / 3. The middle counts twice."),
            (run(axes=(0,)), "It is blurred down only. Blur across too."),
            (run(axes=(1,)), "It is blurred across only. Blur down too."),
            (16 * run(), "The weights should add up to 1: divide by 4 along each axis."),
            (4 * run(), "Divide by 4 along each of the two axes."),
            (run(first=1), "Begin with the first pixel: [::2, ::2] after the blur."),
        ],
        hint="Pad by one, blur down, blur across, then take [::2, ::2].",
    )
