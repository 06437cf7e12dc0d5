"""Checks of the exercises in the chapter on choosing a block."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("Two small kernels see as far as a large one, for less, whatever the channels.")
def saved(answer):
    """`saved(channels)`: two 3 × 3 convolutions as a share of one 5 × 5."""
    for channels in (1, 16, 64):
        expect_close(
            answer(channels),
            18 / 25,
            f"saved({channels})",
            mistakes=[
                (25 / 18, "This is the other way round: the two as a share of the one."),
                (9 / 25, "There are two convolutions of 3 × 3."),
                (7 / 25, "This is what is saved. Asked for is what is left: 1 minus that."),
                (6 / 5, "A kernel of 3 × 3 has 9 weights for each pair of channels, not 3."),
                (18 / 25 / channels, "Both kinds have channels * channels kernels."),
                (18 / 25 * channels, "Both kinds have channels * channels kernels."),
            ],
            hint="At every pixel: 2 * 9 * channels² against 25 * channels².",
        )


@exercise("A budget buys filters, and they cost more where channels are many.")
def widest(answer):
    """`widest(budget, height, width, channels)`: the most filters of 3 × 3 that fit."""
    for budget, height, width, channels in (
        (10_000_000, 32, 24, 16),
        (9 * 8 * 6 * 4 * 5, 8, 6, 4),  # exactly five
        (100, 8, 8, 3),  # not one
    ):
        each = 9 * height * width * channels
        result = answer(budget, height, width, channels)
        what = f"widest({budget}, {height}, {width}, {channels})"
        expect(
            float(result) == int(result) or result != budget / each,
            f"{what} is {result}. Filters are whole: round down with //.",
        )
        expect_close(
            result,
            budget // each,
            what,
            mistakes=[
                (max(1, budget // each), "Where not one fits, the answer is 0."),
                (-(-budget // each), "Rounded up, it exceeds the budget."),
                (budget // (each // 9), "The kernel has 3 * 3 places."),
                (budget // (each // channels), "A filter covers all channels of the input."),
                (budget // (9 * channels), "A filter is used at every pixel."),
                (
                    int(np.sqrt(budget / (9 * height * width))),
                    "The input's channels are given: they need not equal the filters.",
                ),
            ],
            hint="One filter has 9 * channels multiply-adds at each of height * width pixels.",
        )


@exercise("Attention is dearer on long sequences only, and long means twice the features.")
def crossing(answer):
    """`crossing(features)`: the fewest steps at which attention multiplies more."""
    for features in (4, 64, 300):
        expect_close(
            answer(features),
            2 * features + 1,
            f"crossing({features})",
            mistakes=[
                (2 * features, "Here the two are equal. Asked for is the first where it is more."),
                (4 * features + 1, "Scores and sums are two products: 2 T D for one step."),
                (features + 1, "The LSTM has 8 D² for one step, attention's projections 4 D²."),
                (features / 2, "Divide the 4 D² that are left by 2 D, for one step."),
            ],
            hint="One step: 8 D² against 4 D² + 2 T D.",
        )


@exercise("Three prices of a dense block, and no model was built.")
def dense_price(answer):
    """`dense_price(features, units, dropout)`: weights, multiply-adds, values to remember."""
    for features, units, dropout in ((7, [5], 0), (7, [5, 3], 0), (64, [32, 16, 10], 0.5)):
        what = f"dense_price({features}, {units}, {dropout})"
        result = answer(features, list(units), dropout)
        expect(
            isinstance(result, (tuple, list)) and len(result) == 3,
            f"{what} should be a triple: weights, multiply-adds, values to remember.",
        )
        sizes = [features, *units]
        kernels = sum(a * b for a, b in zip(sizes, units))
        first = sum(features * b for b in units)
        outputs = sum(units)
        kept = 2 * outputs if dropout else outputs
        right = (kernels + outputs, kernels, kept)
        expect_close(
            result,
            right,
            what,
            mistakes=[
                ((kernels, kernels, kept), "The biases are weights too."),
                ((kernels + outputs, kernels + outputs, kept), "A bias is added, not multiplied."),
                (
                    (first + outputs, first, kept),
                    "The second layer reads what the first returns: change features in the loop.",
                ),
                ((kernels + outputs, kernels, outputs), "A dropout layer has an output, too."),
                ((kernels + outputs, kernels, 2 * outputs), "With dropout=0 there is no dropout."),
                (
                    (kernels + outputs, kernels, units[-1]),
                    "Every layer's output is remembered, not only the last one's.",
                ),
                (
                    (kernels + outputs, kernels, kept + features),
                    "Count the outputs of the layers; the input is not one of them.",
                ),
            ],
            hint="Each layer: features * size kernel weights, size biases, size outputs.",
        )
