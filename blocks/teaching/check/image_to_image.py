"""Checks of the exercises in the chapter on an image-to-image model."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("20 dB more is a tenth of the error, 6 dB more about half of it.")
def grey_levels(answer):
    """`grey_levels(decibels)`: the typical error, in levels of 255, behind a PSNR."""

    def ask(decibels):
        fraction = 10 ** (-decibels / 20)
        expect_close(
            answer(decibels),
            255 * fraction,
            f"grey_levels({decibels})",
            mistakes=[
                (
                    255 * fraction**2,
                    "This is 255 times the mean squared error. A typical error is its root, so "
                    "decibels are divided by 20, not by 10.",
                ),
                (fraction, "This is on the scale from 0 to 1. White is level 255."),
                (fraction**2, "This is the mean squared error. Take its root, times 255."),
                (
                    255 / fraction,
                    "More decibels must give a smaller error: mind the sign in the exponent.",
                ),
                (
                    255**2 * fraction**2,
                    "This is the mean squared error in levels: its root is asked for.",
                ),
                (
                    255 * np.exp(-decibels / 20),
                    "Decibels count powers of 10, not of e.",
                ),
            ],
            hint="Solve decibels = -10 log10(mse) for the mse, take the root, multiply by 255.",
        )

    ask(20.0)
    ask(29.5)
    ask(6.0)


@exercise("The model may ask for multiples: its users need not know.")
def at_any_size(answer):
    """`at_any_size(model, image, multiple)`: the model's answer on an image of any size."""

    def run(height, width, multiple):
        image = np.random.default_rng(height).uniform(size=(height, width, 2))
        seen = []

        def neighbours(x, axis):
            return (x + np.roll(x, -2, (axis, axis + 1)) + np.roll(x, 1, (axis, axis + 1))) / 3

        def model(images):
            expect(
                np.ndim(images) == 4,
                "The model takes a batch: give it image[np.newaxis], and take [0] of its answer.",
            )
            images = np.asarray(images)
            seen.append(images.shape)
            expect(
                images.shape[1] % multiple == 0 and images.shape[2] % multiple == 0,
                f"The model was given {images.shape[1]} × {images.shape[2]} pixels, which are no "
                f"multiples of {multiple}. Its skips would not fit. -n % multiple pixels are "
                "missing along an axis of n.",
            )
            return neighbours(images, 1)

        result = answer(model, image, multiple)
        what = f"at_any_size(model, image, {multiple}), with image of shape {image.shape}"
        expect(len(seen) == 1, "Call the model once, on the whole padded image.")
        result = np.asarray(result)
        expect(
            result.shape != (1, *image.shape),
            "One image is asked for, without the axis of the batch: take [0].",
        )
        expect(
            result.shape == image.shape or result.shape not in (seen[0], seen[0][1:]),
            f"The answer has the padded size, {seen[0][1]} × {seen[0][2]}. Cut off what was added.",
        )
        result = expect_shape(result, image.shape, what)
        down, right = -height % multiple, -width % multiple
        expect(
            seen[0][1:3] == (height + down, width + right),
            f"{seen[0][1]} × {seen[0][2]} pixels are more than needed for {height} × {width}: "
            "an axis that fits already gets none.",
        )

        def padded(top, left, **options):
            rows, columns = (top, down - top), (left, right - left)
            large = np.pad(image, (rows, columns, (0, 0)), **options)
            return neighbours(large, 0)[top : top + height, left : left + width]

        expect_close(
            result,
            padded(0, 0, mode="reflect"),
            what,
            mistakes=[
                (
                    padded(0, 0, mode="constant"),
                    "The border is black. No photograph ends like that: reflect it.",
                ),
                (
                    padded(0, 0, mode="edge"),
                    "The last row and column are repeated. Reflection, mode='reflect', goes on "
                    "with the picture's own texture.",
                ),
                (
                    padded(0, 0, mode="symmetric"),
                    "mode='symmetric' doubles the last row and column. The task asks for "
                    "mode='reflect'.",
                ),
                (
                    padded(down // 2, right // 2, mode="reflect"),
                    "The padding is on both sides. Add it below and on the right only.",
                ),
                (
                    padded(down, right, mode="reflect"),
                    "The padding is above and on the left. Add it below and on the right.",
                ),
            ],
            hint="Pad below and on the right with mode='reflect', run the model, keep the first "
            "rows and columns.",
        )

    run(11, 13, 8)
    run(12, 10, 8)
    run(8, 16, 8)


@exercise("Two noisy pictures judge a denoiser, and nobody had the clean one.")
def psnr_without_truth(answer):
    """`psnr_without_truth(output, second, sigma)`: the PSNR, estimated from a second picture."""
    rng = np.random.default_rng(5)
    truth = rng.uniform(size=(200, 240, 3))

    def ask(error, sigma):
        output = truth + rng.normal(scale=error, size=truth.shape)
        second = truth + rng.normal(scale=sigma, size=truth.shape)
        difference = np.mean((output - second) ** 2)
        expect_close(
            answer(output, second, sigma),
            -10 * np.log10(difference - sigma**2),
            f"psnr_without_truth(output, second, {sigma})",
            mistakes=[
                (
                    -10 * np.log10(difference),
                    "This holds the second picture's noise against the output. Its mean square, "
                    "sigma**2, has to go.",
                ),
                (
                    -10 * np.log10(abs(difference - sigma)),
                    "sigma is a standard deviation. What adds up is its square.",
                ),
                (
                    -10 * np.log10(difference + sigma**2),
                    "The noise is in the difference already: take sigma**2 away, do not add it.",
                ),
                (
                    -10 * np.log10(abs(difference - 2 * sigma**2)),
                    "Only one of the two carries such noise: the output has been denoised.",
                ),
                (
                    -20 * np.log10(difference - sigma**2),
                    "10 times the logarithm of a mean square; 20 times would be for its root.",
                ),
                (
                    10 * np.log10(difference - sigma**2),
                    "The sign is wrong: a smaller error is more decibels.",
                ),
                (difference - sigma**2, "This is the squared error. Give it in decibels."),
            ],
            hint="The mean of (output - second)² is the squared error plus sigma².",
        )

    ask(0.05, 0.1)
    ask(0.02, 0.2)


@exercise("Eight views of the picture, one model, no training.")
def eight_views(answer):
    """`eight_views(model, images)`: the mean of the model's answers to all turns and flips."""
    rng = np.random.default_rng(7)
    images = rng.uniform(size=(2, 6, 6, 3))
    weight = rng.uniform(size=(6, 6, 1))
    calls = []

    def model(x):
        x = np.asarray(x)
        calls.append(x.shape)
        return x * weight + 0.3 * np.roll(x, 1, axis=1) ** 2

    def views(flips=(False, True), turns=range(4), back=True):
        total = []
        for flip in flips:
            for turn in turns:
                x = np.rot90(images, turn, (1, 2))
                x = np.flip(x, 2) if flip else x
                y = model(x)
                if back:
                    y = np.flip(y, 2) if flip else y
                    y = np.rot90(y, -turn, (1, 2))
                total.append(y)
        return np.mean(total, axis=0)

    right = views()
    mistakes = [
        (8 * right, "This is the sum of eight answers. Take their mean."),
        (
            views(back=False),
            "The answers lie on each other in eight positions. Turn each back before you add.",
        ),
        (
            views(flips=(False,)),
            "These are the four turns. Each of them has a mirror image too.",
        ),
        (
            views(turns=(0,)),
            "This is the image and its mirror image. Each of them can be turned four ways.",
        ),
        (
            views(turns=(0, 2)),
            "Flips along both axes give four of the eight views. The quarter turns are missing.",
        ),
        (model(images), "This is the model's plain answer. Turn and flip the images too."),
    ]
    calls.clear()
    expect_close(
        answer(model, images),
        right,
        "eight_views(model, images)",
        mistakes=mistakes,
        hint="Turn, flip, ask, flip back, turn back: in the opposite order.",
    )
    shapes = sorted({shape[-1] for shape in calls})
    expect(shapes == [3], f"The channels must stay the last axis: the model saw {calls}.")
    oblong = rng.uniform(size=(1, 4, 6, 3))
    expect_close(
        answer(lambda x: np.asarray(x), oblong),
        oblong,
        "eight_views(model, images), with a model that changes nothing and an oblong image",
        hint="A turn by 90° swaps height and width. Turn back before you add.",
    )
