"""Checks of the exercises in the chapter on upsampling blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect_close


@exercise("Where the stride divides the kernel, the counts are even inside.")
def overlaps(answer):
    """`overlaps(n, kernel, stride)`: how many stamps reach each pixel of the output."""

    def count(n, kernel, stride):
        counts = np.zeros((n - 1) * stride + kernel, dtype=int)
        for start in range(0, n * stride, stride):
            counts[start : start + kernel] += 1
        return counts

    def ask(n, kernel, stride):
        right = count(n, kernel, stride)
        expect_close(
            answer(n, kernel, stride),
            right,
            f"overlaps({n}, {kernel}, {stride})",
            mistakes=[
                *(
                    (
                        right[start : start + n * stride],
                        "This is cut to n * stride pixels, as padding='same' does. Leave the "
                        "stamps at both ends whole.",
                    )
                    for start in (0, (kernel - stride) // 2)
                ),
                (count(n, kernel, 1), "Neighbouring stamps begin stride pixels apart, not 1."),
                (count(n, stride, kernel), "Kernel and stride are swapped."),
                (
                    count(n - 1, kernel, stride),
                    "A stamp is missing: all n pixels of the input lay one down.",
                ),
                (
                    np.minimum(right, 1),
                    "Stamps add up: use += on the slice. With = the last one hides the others.",
                ),
            ],
            hint="Stamp i covers the pixels from i * stride up to i * stride + kernel.",
        )

    ask(5, 3, 2)
    ask(5, 4, 2)
    ask(4, 5, 3)
    ask(3, 2, 2)


@exercise("Pad before, crop after, and the picture comes back at its own size.")
def padding(answer):
    """`padding(n, times)`: the rows to add so that n comes back after halving and doubling."""

    def ask(n, times):
        unit = 2**times
        right = -n % unit
        expect_close(
            answer(n, times),
            right,
            f"padding({n}, {times})",
            mistakes=[
                (n + right, "This is the padded size. How many rows are added to n?"),
                (
                    unit - n % unit,
                    "A size that comes back on its own needs no row: the answer is 0.",
                ),
                (n % unit, "This is how far n is above a multiple. How far is the next one up?"),
                (
                    -n % (2 * times),
                    "Halving three times divides by 8, not by 6: the multiple is 2**times.",
                ),
                (-n % 2, "One even halving is not enough: the half has to be even too."),
                (times, "One row for each halving is not enough: count what 427 needs for 3."),
                (
                    -(-n // unit) * unit,
                    "This is the padded size. How many rows are added to n?",
                ),
            ],
            hint="After the padding, n must be a multiple of 2**times.",
        )

    ask(27, 4)
    ask(427, 3)
    ask(640, 3)
    ask(13, 1)
    ask(33, 4)
    ask(18, 2)


@exercise("With these weights the transposed convolution starts as linear interpolation.")
def linear_kernel(answer):
    """`linear_kernel(size)`: the 2 * size weights of linear interpolation."""

    def ask(size):
        i = np.arange(2 * size)
        right = 1 - np.abs(i - (size - 0.5)) / size
        odd = 1 - np.abs(np.arange(2 * size - 1) - (size - 1)) / size
        expect_close(
            answer(size),
            right,
            f"linear_kernel({size})",
            mistakes=[
                (
                    right / size,
                    "The sum is 1, but two stamps overlap with size pixels between them: every "
                    "output pixel must get a total weight of 1, so the sum is size.",
                ),
                (
                    odd,
                    "This kernel has a middle pixel, so old and new centres coincide. With "
                    "half-pixel centres the peak lies between two of the 2 * size weights.",
                ),
                (
                    1 - np.abs(i - size) / size,
                    "The peak is half a pixel too far right: the middle of 0, 1, …, 2 * size - 1 "
                    "is size - 0.5.",
                ),
                (
                    1 - np.abs(i - (size - 1)) / size,
                    "The peak is half a pixel too far left: the middle of 0, 1, …, 2 * size - 1 "
                    "is size - 0.5.",
                ),
                (np.ones(2 * size), "All weights are equal: they must fall with the distance."),
                (np.ones(size), "This is nearest neighbour. Linear needs 2 * size weights."),
                (
                    np.outer(right, right),
                    "This is the kernel in two dimensions. One row of weights is asked for.",
                ),
            ],
            hint="Weight i is 1 minus its distance from the middle of the kernel, in input pixels.",
        )

    ask(2)
    ask(4)
    ask(6)


@exercise("Nothing is lost: it is a downsampling block's strides without the pixels left out.")
def pixel_unshuffle(answer):
    """`pixel_unshuffle(x, size)`: what `pixel_shuffle` undoes."""

    def ask(shape, size):
        x = np.arange(np.prod(shape), dtype=float).reshape(shape)
        B, height, width, C = shape
        h, w = height // size, width // size
        parts = x.reshape(B, h, size, w, size, C)
        target = (B, h, w, size * size * C)
        expect_close(
            answer(x, size),
            parts.transpose(0, 1, 3, 2, 4, 5).reshape(target),
            f"pixel_unshuffle(x, {size}), with x of shape {shape}",
            mistakes=[
                (
                    x.reshape(target),
                    "One reshape cuts the rows into pieces. Split height and width first, then "
                    "bring the two axes of the tile beside the channels.",
                ),
                (
                    parts.transpose(0, 1, 3, 5, 2, 4).reshape(target),
                    "Here the channels come before the place in the tile. pixel_shuffle of the "
                    "chapter has the place first, the channel last.",
                ),
                (
                    parts.transpose(0, 1, 3, 4, 2, 5).reshape(target),
                    "The rows and columns of the tile are swapped: the row comes first.",
                ),
                (
                    x.reshape(B, size, h, size, w, C).transpose(0, 2, 4, 1, 3, 5).reshape(target),
                    "The axes are split the wrong way round: height is h tiles of size rows, so "
                    "(h, size), not (size, h).",
                ),
                (
                    x[:, ::size, ::size],
                    "Only one pixel of every tile is kept. All size * size become channels.",
                ),
            ],
            hint="Does pixel_shuffle(pixel_unshuffle(x, size), size) give x back?",
        )

    ask((1, 2, 2, 1), 2)
    ask((2, 4, 6, 3), 2)
    ask((1, 6, 9, 2), 3)


@exercise("The layer starts as nearest neighbour, without a checkerboard.")
def icnr(answer):
    """`icnr(kernel, size)`: a kernel whose shuffled maps are those of nearest neighbour."""
    rng = np.random.default_rng(11)
    for shape, size in (((3, 3, 2, 3), 2), ((1, 1, 4, 2), 3)):
        kernel = rng.normal(size=shape)
        copies = size * size
        expect_close(
            answer(kernel, size),
            np.tile(kernel, copies),
            f"icnr(kernel, {size}), with kernel of shape {shape}",
            mistakes=[
                (
                    np.repeat(kernel, copies, axis=-1),
                    "The copies of a filter stand side by side. pixel_shuffle takes all filters "
                    "of the first place, then all of the second: repeat the whole set.",
                ),
                (
                    np.tile(kernel, size),
                    "A tile has size * size pixels, and each needs its copy of the filters.",
                ),
                (
                    np.tile(kernel, copies) / copies,
                    "The copies are not added up, so nothing has to be divided.",
                ),
                (
                    np.tile(kernel, (copies, 1)),
                    "The input channels are copied. The filters are on the last axis.",
                ),
                (kernel, "The kernel is unchanged: it needs size * size times as many filters."),
            ],
            hint="Every pixel of a tile must get the same answer: what do its filters share?",
        )
