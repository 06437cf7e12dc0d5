"""Answers to the exercises of the chapter on a classifier from blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k classifier
"""

import itertools

import numpy as np


def precision_and_recall(confusion):
    right, said = np.diag(confusion), confusion.sum(axis=0)
    return right / np.maximum(said, 1), right / confusion.sum(axis=1)


def split_by_group(groups, share, rng):
    names = np.unique(groups)
    count = max(1, round(share * len(names)))
    return np.isin(groups, rng.choice(names, count, replace=False))


def drawn(draw):
    """A split whose groups are drawn in another way."""
    return lambda groups, share, rng: np.isin(groups, draw(np.unique(groups), share, rng))


def accuracy_of_the_sure(probability, labels, share):
    surest = np.argsort(-probability.max(axis=1))[: round(share * len(labels))]
    return np.mean(probability[surest].argmax(axis=1) == labels[surest])


def surest(order, result=lambda right, confidence, kept: right[kept].mean()):
    """An accuracy of other images, or something else about the surest ones."""

    def accuracy_of_the_sure(probability, labels, share):
        right, confidence = probability.argmax(axis=1) == labels, probability.max(axis=1)
        kept = order(probability, labels)[: round(share * len(labels))]
        return result(right, confidence, kept)

    return accuracy_of_the_sure


def by_confidence(probability, labels):
    return np.argsort(-probability.max(axis=1))


def sums(difference):
    signs = np.array(list(itertools.product((-1, 1), repeat=len(difference))))
    return signs @ difference


def sign_flip(difference):
    return np.mean(np.abs(sums(difference)) >= abs(difference.sum()))


def sign_flip_one_by_one(difference):
    hits = 0
    for signs in itertools.product((-1, 1), repeat=len(difference)):
        total = sum(sign * number for sign, number in zip(signs, difference, strict=True))
        hits += abs(total) >= abs(sum(difference))
    return hits / 2 ** len(difference)


def sign_flip_at_random(difference):
    rng = np.random.default_rng(0)
    signs = rng.choice([-1, 1], size=(500, len(difference)))
    return np.mean(np.abs(signs @ difference) >= abs(difference.sum()))


SOLUTIONS = {
    "precision_and_recall": precision_and_recall,
    "split_by_group": split_by_group,
    "accuracy_of_the_sure": accuracy_of_the_sure,
    "sign_flip": sign_flip,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("precision_and_recall", lambda confusion: np.array(precision_and_recall(confusion))),
    (
        "split_by_group",
        drawn(
            lambda names, share, rng: rng.permutation(names)[: max(1, round(share * len(names)))]
        ),
    ),
    ("split_by_group", lambda *arguments: split_by_group(*arguments).tolist()),
    ("sign_flip", sign_flip_one_by_one),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("precision_and_recall", lambda c: precision_and_recall(c)[0], "a pair"),
    ("precision_and_recall", lambda c: precision_and_recall(c)[::-1], "This is the recall"),
    (
        "precision_and_recall",
        lambda c: (np.where(c.sum(0) > 0, precision_and_recall(c)[0], np.nan), c[0]),
        "never said",
    ),
    ("precision_and_recall", lambda c: (np.trace(c) / c.sum(), 0), "This is the accuracy"),
    ("precision_and_recall", lambda c: (np.diag(c) / c.sum(), 0), "not by all of them"),
    ("precision_and_recall", lambda c: (np.diag(c), 0), "Divide by all answers"),
    ("precision_and_recall", lambda c: (c[0], 0), "all answers that name a class"),
    ("precision_and_recall", lambda c: (precision_and_recall(c)[0],) * 2, "once more"),
    ("precision_and_recall", lambda c: (precision_and_recall(c)[0], 0.5), "all images of a class"),
    (
        "precision_and_recall",
        lambda c: (precision_and_recall(c)[0], np.trace(c) / c.sum()),
        "This is the accuracy",
    ),
    (
        "precision_and_recall",
        lambda c: (precision_and_recall(c)[0], np.diag(c) / c.sum()),
        "the images of that class",
    ),
    (
        "precision_and_recall",
        lambda c: (precision_and_recall(c)[0], np.diag(c)),
        "all images of that class",
    ),
    ("split_by_group", lambda groups, share, rng: rng.random(len(groups)) < share, "both sides"),
    ("split_by_group", lambda *a: np.flatnonzero(split_by_group(*a)), "True and False"),
    ("split_by_group", lambda *a: split_by_group(*a)[:5], "The shape of"),
    ("split_by_group", lambda *a: ~split_by_group(*a), "swapped"),
    (
        "split_by_group",
        drawn(lambda names, share, rng: rng.permutation(names)[: round(share * len(names))]),
        "at least one",
    ),
    ("split_by_group", drawn(lambda names, share, rng: names[:4]), "whatever their sizes"),
    (
        "split_by_group",
        drawn(lambda names, share, rng: names[: max(1, round(share * len(names)))]),
        "Another rng",
    ),
    (
        "split_by_group",
        lambda groups, share, rng: split_by_group(groups, share, np.random.default_rng()),
        "equal rng differ",
    ),
    ("accuracy_of_the_sure", surest(lambda p, y: by_confidence(p, y)[::-1]), "least sure"),
    (
        "accuracy_of_the_sure",
        surest(lambda p, y: np.argsort(-p[np.arange(len(y)), y])),
        "does not know",
    ),
    ("accuracy_of_the_sure", surest(lambda p, y: np.arange(len(y))), "the first images"),
    (
        "accuracy_of_the_sure",
        surest(by_confidence, lambda right, sure, kept: right[kept].sum() / len(right)),
        "not by all",
    ),
    (
        "accuracy_of_the_sure",
        surest(by_confidence, lambda right, sure, kept: right.mean()),
        "on all images",
    ),
    (
        "accuracy_of_the_sure",
        surest(by_confidence, lambda right, sure, kept: right[kept].sum()),
        "This is a count",
    ),
    (
        "accuracy_of_the_sure",
        surest(by_confidence, lambda right, sure, kept: sure[kept].mean()),
        "mean confidence",
    ),
    ("accuracy_of_the_sure", lambda probability, labels, share: 0.123, "keep the first"),
    ("sign_flip", lambda d: np.mean(sums(d) >= d.sum()), "one direction"),
    ("sign_flip", lambda d: np.mean(np.abs(sums(d)) > abs(d.sum())), "exactly as large"),
    ("sign_flip", lambda d: 1 - sign_flip(d), "nearer to 0"),
    ("sign_flip", lambda d: np.sum(np.abs(sums(d)) >= abs(d.sum())), "This is a count"),
    ("sign_flip", lambda d: np.mean(np.abs(sums(d)) >= d.sum()), "may be negative"),
    ("sign_flip", sign_flip_at_random, "ways to choose the signs"),
]
