"""Checks of the exercises in the chapter on pooling blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("Keras's pooling leaves out as many: choose sizes for which it is none.")
def unseen(answer):
    """`unseen(n, pool_size, strides)`: how many pixels at the end lie in no window."""

    def ask(n, pool_size, strides):
        windows = (n - pool_size) // strides + 1
        right = n - ((windows - 1) * strides + pool_size)
        expect_close(
            answer(n, pool_size, strides),
            right,
            f"unseen({n}, {pool_size}, {strides})",
            mistakes=[
                (windows, "This is the number of windows. Where does the last of them end?"),
                (n - right, "This is the number of pixels that are seen: take it from n."),
                (
                    n - windows * strides,
                    "The last window ends pool_size pixels after its start, not strides.",
                ),
                (n - windows * pool_size, "Overlapping windows share pixels: count each once."),
                (n % strides, "The first window needs pool_size pixels: n - pool_size are left."),
                (n % pool_size, "The windows are strides apart, and need not touch."),
            ],
            hint="Count the windows that fit, then the pixels after the end of the last one.",
        )

    ask(11, 2, 2)
    ask(22, 5, 2)
    ask(17, 4, 3)
    ask(14, 7, 3)
    ask(12, 3, 3)
    ask(9, 3, 1)


@exercise("It is Keras's MaxPooling2D, odd sizes and negative values too.")
def max_pool(answer):
    """`max_pool(x, size)`: the largest value of each window of maps (B, H, W, C)."""
    rng = np.random.default_rng(5)

    def split(x, size):
        batch, height, width, channels = x.shape
        rows, columns = height // size, width // size
        x = x[:, : rows * size, : columns * size]
        return x.reshape(batch, rows, size, columns, size, channels)

    for shape, size in (((2, 6, 8, 3), 2), ((2, 7, 11, 2), 3)):
        x = rng.normal(size=shape) - 3  # all windows negative: a zero would win
        windows = split(x, size)
        right = windows.max(axis=(2, 4))
        batch, rows, _, columns, _, channels = windows.shape
        wrong_order = x[:, : rows * size, : columns * size].reshape(
            batch, size, rows, size, columns, channels
        )
        rest = [(0, -n % size) for n in shape[1:3]]
        padded = np.pad(x, [(0, 0), *rest, (0, 0)], constant_values=-np.inf)
        expect_close(
            answer(x, size),
            right,
            f"max_pool(x, {size}), with x of shape {shape}",
            mistakes=[
                (windows.mean(axis=(2, 4)), "This is the mean of each window: average pooling."),
                (windows[:, :, 0, :, 0], "This is the first pixel of each window: subsampling."),
                (
                    np.maximum(right, 0),
                    "There is a 0 where all values of a window are negative. Take the largest of "
                    "the window alone.",
                ),
                (
                    wrong_order.max(axis=(1, 3)),
                    "Each maximum is over pixels far apart. An axis of rows * size pixels becomes "
                    "(rows, size), in this order.",
                ),
                (
                    windows.max(axis=(2, 4, 5)),
                    "The channels are pooled as well. Each keeps a map of its own.",
                ),
                (
                    windows.max(axis=(2, 4, 5), keepdims=True)[:, :, 0, :, 0],
                    "The channels are pooled as well. Each keeps a map of its own.",
                ),
                (windows.max(axis=4)[:, :, 0], "Each window has several rows: all of them count."),
                (
                    windows.max(axis=2)[:, :, :, 0],
                    "Each window has several columns: all of them count.",
                ),
                (split(padded, size).max(axis=(2, 4)), "A window that does not fit is left out."),
                (
                    np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2)).max((-2, -1)),
                    "The windows are one pixel apart. They should touch, size pixels apart.",
                ),
            ],
            hint="Is y[b, i, j, c] the largest of the size × size pixels from i * size, j * size?",
        )


@exercise("Padding no longer changes the mean.")
def masked_average(answer):
    """`masked_average(x, mask)`: the mean over the pixels where the mask is 1."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(3, 4, 5, 2)) + 1
    mask = np.zeros((3, 4, 5))
    mask[0, :2, :3], mask[1, :4, :2], mask[2] = 1, 1, 1  # padding that is not zero: x is anything
    real = x * mask[..., np.newaxis]
    count = mask.sum(axis=(1, 2))[:, np.newaxis]
    right = real.sum(axis=(1, 2)) / count
    expect_close(
        answer(x, mask),
        right,
        "masked_average(x, mask), with x of shape (3, 4, 5, 2)",
        mistakes=[
            (x.mean(axis=(1, 2)), "The mask is ignored: this is the mean with the padding."),
            (
                real.mean(axis=(1, 2)),
                "The padding is taken out of the sum, and still divided by. Count the real pixels.",
            ),
            (real.sum(axis=(1, 2)), "This is the sum. Divide by the number of real pixels."),
            (
                x.sum(axis=(1, 2)) / count,
                "The padding is still in the sum: it need not be zero. Multiply by the mask.",
            ),
            (
                real.sum(axis=(1, 2)) / mask.sum(),
                "Each image has a number of real pixels of its own: sum the mask image by image.",
            ),
            (
                real.sum(axis=(1, 2)) / (count * x.shape[-1]),
                "A pixel counts once for each channel: the mean is taken channel by channel.",
            ),
            (right.mean(axis=0), "The images are averaged as well. Keep the batch: (B, C)."),
            (right.mean(axis=-1), "The channels are averaged as well. Keep them: (B, C)."),
        ],
        hint="For each image and channel: the sum over its real pixels, divided by their number.",
    )


@exercise("It is what TensorFlow hands back through MaxPooling2D.")
def max_pool_gradient(answer):
    """`max_pool_gradient(x, size, gradient)`: all of it goes to the winner of each window."""
    rng = np.random.default_rng(7)

    def first(window):
        winner = np.zeros(window.shape)
        winner[np.unravel_index(window.argmax(), window.shape)] = 1
        return winner

    def back(x, size, gradient, share=first):
        result = np.zeros(x.shape)
        for i, j in np.ndindex(gradient.shape):
            place = np.s_[i * size : (i + 1) * size, j * size : (j + 1) * size]
            result[place] = share(x[place]) * gradient[i, j]
        return result

    def last(window):
        return first(window[::-1, ::-1])[::-1, ::-1]

    def all_winners(window):
        return (window == window.max()).astype(float)

    for shape, size in (((4, 6), 2), ((7, 10), 3)):
        x = rng.permutation(shape[0] * shape[1]).reshape(shape).astype(float)
        x -= 10  # negative values too
        gradient = rng.normal(size=(shape[0] // size, shape[1] // size))
        value = answer(x, size, gradient)
        expect(
            np.shape(value) == shape,
            f"The gradient has the shape of x, {shape}. Yours has the shape {np.shape(value)}. "
            "Pixels that lie in no window get 0.",
        )
        expect_close(
            value,
            back(x, size, gradient),
            f"max_pool_gradient(x, {size}, gradient), with x of shape {shape}",
            mistakes=[
                (
                    back(x, size, gradient, lambda w: np.ones(w.shape) / w.size),
                    "Every pixel gets an equal share: this is average pooling. Here the winner "
                    "gets everything.",
                ),
                (
                    back(x, size, gradient, lambda w: np.ones(w.shape)),
                    "Every pixel gets the whole gradient. Only the winner does.",
                ),
                (
                    back(x, size, np.ones_like(gradient)),
                    "The winners are right. Each gets the gradient of its own window, not 1.",
                ),
                (
                    back(x, size, gradient, lambda w: first(w) * w.max()),
                    "The gradient is multiplied by the winner's value. The slope of a maximum is "
                    "1 at the winner.",
                ),
                (
                    back(x, size, gradient, lambda w: first(-w)),
                    "The smallest pixel of each window gets it. The largest won.",
                ),
                (
                    back(x, size, gradient, lambda w: first(w).T),
                    "Rows and columns are swapped within the window.",
                ),
            ],
            hint="In each window, one pixel gets the window's gradient: the largest.",
        )

    x, gradient = np.zeros((2, 4)), np.array([[1.0, 2.0]])
    x[1, 2:] = 5  # two ties
    expect_close(
        answer(x, 2, gradient),
        back(x, 2, gradient),
        "max_pool_gradient(x, 2, gradient), with ties in x",
        mistakes=[
            (
                back(x, 2, gradient, all_winners),
                "Every one of several equal winners gets the whole gradient. Only the first does.",
            ),
            (
                back(x, 2, gradient, lambda w: all_winners(w) / all_winners(w).sum()),
                "Equal winners share the gradient here. The task gives it to the first.",
            ),
            (back(x, 2, gradient, last), "Of equal winners the last gets it. It is the first's."),
        ],
        hint="Of several equal winners, the first along the rows gets it all.",
    )
