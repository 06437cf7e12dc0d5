"""Checks of the exercises in the chapter on a classifier from blocks."""

import itertools

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("Recall asks of each digit that was there, precision of each answer that was given.")
def precision_and_recall(answer):
    """`precision_and_recall(confusion)`: two arrays, one number for each class."""
    confusion = np.array([[8, 1, 1, 0], [2, 3, 0, 0], [0, 4, 16, 0], [1, 0, 1, 0]])
    result = answer(confusion)
    expect(
        isinstance(result, (tuple, list, np.ndarray)) and len(result) == 2,
        "precision_and_recall returns a pair: return precision, recall.",
    )
    right, there, said = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = right / np.maximum(said, 1), right / there
    first = np.asarray(result[0], dtype=float)
    expect(
        not np.isnan(first).any(),
        "One class was never said, and 0 / 0 is not a number. Let its precision be 0.",
    )
    expect_close(
        result[0],
        precision,
        "The precision",
        mistakes=[
            (
                recall,
                "This is the recall: it divides by how often the class was there, a row. For "
                "precision divide by how often it was said, a column.",
            ),
            (
                right.sum() / confusion.sum(),
                "This is the accuracy. Give one number for each class.",
            ),
            (right / confusion.sum(), "Divide by the answers of that class, not by all of them."),
            (right, "These are the right answers. Divide by all answers of that class."),
        ],
        hint="Of all answers that name a class, which share is right?",
    )
    expect_close(
        result[1],
        recall,
        "The recall",
        mistakes=[
            (precision, "This is the precision once more: recall divides by the row's sum."),
            (
                right.sum() / confusion.sum(),
                "This is the accuracy. Give one number for each class.",
            ),
            (right / confusion.sum(), "Divide by the images of that class, not by all of them."),
            (right, "These are the right answers. Divide by all images of that class."),
        ],
        hint="Of all images of a class, which share was read as that class?",
    )


@exercise("No group is on both sides, so the test asks about groups never met.")
def split_by_group(answer):
    """`split_by_group(groups, share, rng)`: True for the rows of the groups that are tested on."""
    rng = np.random.default_rng(1)
    names = np.array([40, 7, 19, 3, 88, 61, 25, 12, 54, 30])
    groups = np.repeat(names, [3, 30, 5, 12, 8, 20, 4, 9, 15, 6])[rng.permutation(112)]
    masks = []
    for share, count in ((0.3, 3), (0.5, 5), (0.04, 1)):
        called = f"split_by_group(groups, {share}, rng)"
        value = np.asarray(answer(groups, share, np.random.default_rng(2)))
        expect(
            value.dtype == bool,
            f"{called} should be an array of True and False, one for each row. "
            f"It holds {value.dtype.name}.",
        )
        mask = expect_shape(value, groups.shape, called)
        tested, rest = set(groups[mask]), set(groups[~mask])
        expect(
            not tested & rest,
            f"{len(tested & rest)} of the 10 groups are on both sides. Draw groups, not rows: "
            "then a row is tested on if its group was drawn.",
        )
        expect(
            len(tested) != 10 - count or count == 5,
            f"{len(tested)} of the 10 groups are tested on: the two sides are swapped. True "
            "means test.",
        )
        expect(
            len(tested) > 0,
            f"With a share of {share} of 10 groups nothing is left to test on. Draw at least one.",
        )
        expect(
            len(tested) == count,
            f"{len(tested)} of the 10 groups are tested on, it should be {count}: the share is "
            "one of the groups, whatever their sizes.",
        )
        masks.append(mask)
    again = np.asarray(answer(groups, 0.5, np.random.default_rng(2)))
    expect(np.array_equal(again, masks[1]), "Two calls with equal rng differ: draw from rng.")
    others = [np.asarray(answer(groups, 0.5, np.random.default_rng(s))) for s in range(3, 9)]
    expect(
        not all(np.array_equal(other, masks[1]) for other in others),
        "Another rng gives the same groups. Draw them with rng.",
    )


@exercise("What a model refuses to read, a person can: that is what a good confidence buys.")
def accuracy_of_the_sure(answer):
    """`accuracy_of_the_sure(probability, labels, share)`: accuracy on the surest images."""
    rng = np.random.default_rng(11)
    scores, labels = 2 * rng.normal(size=(40, 5)), rng.integers(5, size=40)
    scores[np.arange(40), labels] += 2
    probability = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    right = probability.argmax(axis=1) == labels
    surest = np.argsort(-probability.max(axis=1))
    of_the_right = np.argsort(-probability[np.arange(40), labels])
    for share in (0.5, 0.25, 1.0):
        kept = round(share * 40)
        value = right[surest[:kept]].mean()
        wrong = [
            (
                right[surest[::-1][:kept]].mean(),
                "These are the least sure images. Sort from the largest probability down.",
            ),
            (
                right[of_the_right[:kept]].mean(),
                "This sorts by the probability of the right label, which the model does not "
                "know. Its confidence is the largest probability, whichever class has it.",
            ),
            (right[:kept].mean(), "These are the first images, not the surest."),
            (right[surest[:kept]].sum() / 40, "Divide by the images that are kept, not by all."),
            (right.mean(), "This is the accuracy on all images. Keep only the surest."),
            (right[surest[:kept]].sum(), "This is a count. Divide it by the images kept."),
            (
                probability.max(axis=1)[surest[:kept]].mean(),
                "This is the mean confidence. Compare the answers with the labels.",
            ),
        ]
        expect_close(
            answer(probability, labels, share),
            value,
            f"accuracy_of_the_sure(probability, labels, {share})",
            mistakes=[(w, why) for w, why in wrong if not np.isclose(w, value)],
            hint="Sort by the largest probability of each image, keep the first, and count those "
            "that are right.",
        )


@exercise("No formula and no bell curve: only the signs, and all of them.")
def sign_flip(answer):
    """`sign_flip(difference)`: the share of sign choices with a sum as far from 0."""
    for numbers in ([3, 1, -1, 2, 0, 4], [-2, -1, -3, -1, 1], [0, 0, 0], [5, 4, 6, 3, 2, 7, 1]):
        difference = np.array(numbers)
        signs = np.array(list(itertools.product((-1, 1), repeat=len(numbers))))
        sums, seen = signs @ difference, difference.sum()
        value = np.mean(np.abs(sums) >= abs(seen))
        wrong = [
            (
                np.mean(sums >= seen),
                "This counts one direction alone. A difference as large the other way counts "
                "too: compare absolute values.",
            ),
            (
                np.mean(np.abs(sums) > abs(seen)),
                "A sum that is exactly as large counts too, the observed one among them: >=.",
            ),
            (1 - value, "This is the share that is nearer to 0. Ask for those as far or farther."),
            (np.sum(np.abs(sums) >= abs(seen)), "This is a count. Divide it by all choices."),
            (
                np.mean(np.abs(sums) >= seen),
                "Take the absolute value of what was observed, too: it may be negative.",
            ),
        ]
        expect_close(
            answer(difference),
            value,
            f"sign_flip({numbers})",
            mistakes=[(w, why) for w, why in wrong if not np.isclose(w, value)],
            hint=f"There are {2 ** len(numbers)} ways to choose the signs. Form the sum for each.",
            tolerance=1e-9,
        )
