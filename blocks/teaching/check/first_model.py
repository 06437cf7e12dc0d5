"""Checks of the exercises in the chapter on a first model of blocks."""

import itertools
import math

import keras
import numpy as np

from blocks.conv import conv_block
from blocks.pooling import pooling_block
from blocks.residual import ResidualBlock
from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise(
    "Twice the height and width cost four times as much, twice the channels and filters as well."
)
def cost(answer):
    """`cost(height, width, kernel_size, channels, filters)`: multiplications of a convolution."""
    height, width, kernel, channels, filters = 5, 7, 3, 2, 11
    right = height * width * filters * kernel**2 * channels
    inside = (height - kernel + 1) * (width - kernel + 1)
    expect_close(
        answer(height, width, kernel, channels, filters),
        right,
        "cost(5, 7, 3, 2, 11)",
        mistakes=[
            (
                right // kernel,
                "The window has kernel_size rows and as many columns: kernel_size squared.",
            ),
            (
                right // channels,
                "Each window goes through all input channels: multiply by channels.",
            ),
            (
                right // filters,
                "This is the work for one output channel. There are as many as filters.",
            ),
            (
                right // (height * width),
                "This counts the weights. Each of them is used once for every pixel.",
            ),
            (
                right // (height * width) * inside,
                "This leaves the edges out. With `same` padding there is an output for every "
                "pixel of the input.",
            ),
        ],
        hint="Count the output numbers, then the multiplications for each.",
    )
    expect_close(
        answer(8, 8, 1, 16, 32),
        8 * 8 * 16 * 32,
        "cost(8, 8, 1, 16, 32)",
        hint="A window of 3 × 3 was right. Is it right for any window?",
    )


@exercise("Count them before you judge a model with batch normalization.")
def steps_needed(answer):
    """`steps_needed(momentum, share)`: steps until at most `share` of the initial value is left."""
    for momentum, share in [(0.99, 0.01), (0.9, 0.01), (0.5, 0.25), (0.9, 0.5)]:
        steps = math.log(share) / math.log(momentum)
        right = math.ceil(steps - 1e-9)
        expect_close(
            answer(momentum, share),
            right,
            f"steps_needed({momentum}, {share})",
            mistakes=[
                (wrong, why)
                for wrong, why in [
                    (
                        math.ceil(math.log(1 - share) / math.log(momentum)),
                        "This is when `share` of the initial value is gone. Ask when no more "
                        "than `share` of it is left.",
                    ),
                    (
                        math.ceil((1 - share) / (1 - momentum)),
                        "This takes away 1 - momentum of the initial value in each step. Each "
                        "step keeps `momentum` of what was still left: momentum ** steps.",
                    ),
                    (steps, "Steps are whole: round up."),
                    (-right, "The sign is wrong: both logarithms are negative, so divide them."),
                    (
                        right - 1,
                        "One step too few: after it, more than `share` is left. Round up.",
                    ),
                    (
                        right + 1,
                        "One step too many: at most `share` is left one step earlier already.",
                    ),
                ]
                if not np.isclose(wrong, right)
            ],
            hint="After n steps momentum ** n is left.",
        )


@exercise("Images that both models get right say nothing about which is better.")
def z(answer):
    """`z(right_a, right_b)`: how many standard errors A is ahead where the two differ."""
    pairs = [(True, True)] * 8 + [(True, False)] * 7 + [(False, True)] * 2 + [(False, False)] * 3
    right_a, right_b = np.array(pairs).T
    a, b = right_a.mean(), right_b.mean()
    count = len(pairs)
    expect_close(
        answer(right_a, right_b),
        5 / 3,
        "z(right_a, right_b), with 7 right in A alone, 2 in B alone and 11 in both or neither,",
        mistakes=[
            (-5 / 3, "The sign is the other way around: A is ahead, so z is above 0."),
            (5 / 9, "Divide by the square root of the number on which they differ."),
            (
                5 / math.sqrt(count),
                "This divides by the square root of all images. Only those on which the models "
                "differ count.",
            ),
            (25 / 9, "This is the square. Here the sign is wanted, so leave it as it is."),
            (a - b, "This is the difference of the accuracies. Count, then divide."),
            (
                (a - b) / math.sqrt((a * (1 - a) + b * (1 - b)) / count),
                "This treats the two as if they had answered different images. They answered "
                "the same ones: compare image by image.",
            ),
            (5, "This is how many more A gets right. Now divide it by its scatter."),
        ],
        hint="Count where only A is right and where only B is right.",
    )
    expect_close(
        answer(right_b, right_a),
        -5 / 3,
        "z with A and B exchanged",
        hint="The sign says who is ahead: with B ahead it is negative.",
    )
    same = np.array([True, False, True])
    value = answer(same, same)
    expect(
        not np.any(np.isnan(np.asarray(value, dtype=float))),
        "Two models that never differ give 0 / 0. Return 0 for them.",
    )
    expect_close(value, 0, "z of two equal answers")


@exercise("Three stages are a loop away from two: that is what blocks are for.")
def deep_classifier(answer):
    """`deep_classifier(x, filters)`: images to ten scores, one residual block for each filters."""
    for filters in ([4, 6, 5], [3]):
        called = f"deep_classifier(x, {filters})"
        x = keras.Input((8, 8, 1))
        y = answer(x, filters)
        expect(
            isinstance(y, keras.KerasTensor),
            f"{called} returns {type(y).__name__}. Return the tensor that comes out of the last "
            "layer.",
        )
        model = keras.Model(x, y)
        stages = [layer for layer in model.layers if isinstance(layer, ResidualBlock)]
        expect(
            [stage.filters for stage in stages] == filters,
            f"The residual blocks of {called} have the filters "
            f"{[stage.filters for stage in stages]}, one for each of {filters} is asked for.",
        )
        _expect_maps(model, stages, called)
        expect(
            tuple(y.shape) == (None, 10),
            f"The shape of {called} is {tuple(y.shape)}, it should be (None, 10).",
        )
        pixels = np.random.default_rng(0).normal(size=(6, 8, 8, 1)).astype("float32")
        scores = np.asarray(model(pixels))
        expect(
            not np.allclose(scores.sum(axis=-1), 1, atol=1e-3),
            "The scores of each image add up to 1: they have gone through a softmax. Leave it to "
            "the loss.",
        )
        expect((scores < 0).any(), "No score is negative: the last layer has an activation.")
        twin = keras.Model(x, _classifier(x, filters))
        right = twin.count_params()
        expect(
            model.count_params() == right,
            f"{called} has {model.count_params():,} parameters, it should have {right:,}. Compare "
            "the stem and the end with the task.",
        )
        largest = keras.Model(x, _classifier(x, filters, end="max"))
        for other in (twin, largest):
            other.set_weights(model.get_weights())
        expect_close(
            scores,
            twin(pixels),
            f"with its own weights, {called}",
            mistakes=[
                (
                    largest(pixels),
                    "This is the maximum over the map. The task asks for the mean: "
                    'pooling_block(None, mode="average").',
                )
            ],
            hint="Compare the order of its parts with the task.",
        )


def _expect_maps(model, stages, called):
    """The stem's channels come first, and each stage works on a map of half the one before."""
    expect(
        stages[0].input.shape[-1] == stages[0].filters,
        f"The first stage of {called} gets {stages[0].input.shape[-1]} channels. Put a conv_block "
        "with the first of the filters before it.",
    )
    sides = [stage.input.shape[1] for stage in stages]
    halved = [8 // 2**i for i in range(len(stages))]
    expect(
        sides != [side // 2 for side in halved],
        f"The first stage of {called} works on a map of {sides[0]} × {sides[0]}. Pool before every "
        "stage but the first.",
    )
    expect(
        sides == halved,
        f"The stages of {called} work on maps of {sides} pixels a side, they should be {halved}: "
        "pool before every stage but the first.",
    )
    after = list(itertools.dropwhile(lambda layer: layer is not stages[-1], model.layers))[1:]
    sizes = [layer.output.shape for layer in after if len(layer.output.shape) == 4]
    expect(
        all(tuple(size[1:3]) == (halved[-1],) * 2 for size in sizes),
        f"{called} pools once more behind the last stage. The mean over the map follows it.",
    )
    expect(
        not any(isinstance(layer, keras.layers.Flatten) for layer in after),
        "Flatten keeps every place of the map. Take the mean over it: pooling_block(None, "
        'mode="average").',
    )


def _classifier(x, filters, end="average"):
    x = conv_block(filters[0])(x)
    for i, channels in enumerate(filters):
        x = ResidualBlock(channels)(pooling_block(2)(x) if i else x)
    return keras.layers.Dense(10)(pooling_block(None, mode=end)(x))
