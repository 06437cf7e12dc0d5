"""Answers to the exercises of the chapter on an image-to-image model: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k image_to_image
"""

import numpy as np


def grey_levels(decibels):
    return 255 * 10 ** (-decibels / 20)


def at_any_size(model, image, multiple, before=False, **options):
    height, width, _ = image.shape
    added = (-height % multiple, -width % multiple)
    rows, columns = ((n, 0) if before else (0, n) for n in added)
    top, left = (rows[0], columns[0])
    padded = np.pad(image, (rows, columns, (0, 0)), **(options or {"mode": "reflect"}))
    return model(padded[np.newaxis])[0][top : top + height, left : left + width]


def at_any_size_by_hand(model, image, multiple):
    height, width, _ = image.shape
    rows = [*range(height), *range(height - 2, height - 2 - (-height % multiple), -1)]
    columns = [*range(width), *range(width - 2, width - 2 - (-width % multiple), -1)]
    return model(image[rows][:, columns][None])[0, :height, :width]


def at_any_size_centred(model, image, multiple):
    down, right = (-n % multiple for n in image.shape[:2])
    top, left = down // 2, right // 2
    padding = ((top, down - top), (left, right - left), (0, 0))
    padded = np.pad(image, padding, mode="reflect")
    result = model(padded[np.newaxis])[0]
    return result[top : top + image.shape[0], left : left + image.shape[1]]


def at_any_size_uncut(model, image, multiple):
    down, right = (-n % multiple for n in image.shape[:2])
    return model(np.pad(image, ((0, down), (0, right), (0, 0)), mode="reflect")[np.newaxis])[0]


def at_any_size_too_large(model, image, multiple):
    height, width, _ = image.shape
    down, right = (multiple - n % multiple for n in (height, width))
    padded = np.pad(image, ((0, down), (0, right), (0, 0)), mode="reflect")
    return model(padded[np.newaxis])[0][:height, :width]


def psnr_without_truth(output, second, sigma):
    return -10 * np.log10(np.mean((output - second) ** 2) - sigma**2)


def mean_square(output, second):
    return np.mean((output - second) ** 2)


def eight_views(model, images, flips=(False, True), turns=range(4), back=True):
    answers = []
    for flip in flips:
        for turn in turns:
            x = np.rot90(images, turn, axes=(1, 2))
            y = model(x[:, :, ::-1] if flip else x)
            if back:
                y = y[:, :, ::-1] if flip else y
                y = np.rot90(y, -turn, axes=(1, 2))
            answers.append(y)
    return np.mean(answers, axis=0)


def eight_views_by_axes(model, images):
    """Flips of both axes and the transpose make the same eight views."""
    total = 0
    for transpose in (False, True):
        for step in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            x = np.swapaxes(images, 1, 2) if transpose else images
            y = model(x[:, :: step[0], :: step[1]])[:, :: step[0], :: step[1]]
            total = total + (np.swapaxes(y, 1, 2) if transpose else y)
    return total / 8


SOLUTIONS = {
    "grey_levels": grey_levels,
    "at_any_size": at_any_size,
    "psnr_without_truth": psnr_without_truth,
    "eight_views": eight_views,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("grey_levels", lambda decibels: 255 * np.sqrt(10 ** (-decibels / 10))),
    ("at_any_size", at_any_size_by_hand),
    (
        "psnr_without_truth",
        lambda output, second, sigma: float(
            10 * np.log10(1 / (mean_square(output, second) - sigma**2))
        ),
    ),
    ("eight_views", eight_views_by_axes),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("grey_levels", lambda db: 255 * 10 ** (-db / 10), "divided by 20, not by 10"),
    ("grey_levels", lambda db: 10 ** (-db / 20), "White is level 255"),
    ("grey_levels", lambda db: 10 ** (-db / 10), "Take its root, times 255"),
    ("grey_levels", lambda db: 255 * 10 ** (db / 20), "mind the sign"),
    ("grey_levels", lambda db: 255**2 * 10 ** (-db / 10), "its root is asked for"),
    ("grey_levels", lambda db: 255 * np.exp(-db / 20), "not of e"),
    ("grey_levels", lambda db: 1.0, "Solve decibels"),
    ("at_any_size", lambda model, image, multiple: model(image), "The model takes a batch"),
    (
        "at_any_size",
        lambda model, image, multiple: model(image[np.newaxis])[0],
        "Its skips would not fit",
    ),
    ("at_any_size", at_any_size_uncut, "Cut off what was added"),
    ("at_any_size", at_any_size_too_large, "an axis that fits already gets none"),
    (
        "at_any_size",
        lambda model, image, multiple: at_any_size(model, image, multiple)[np.newaxis],
        "without the axis of the batch",
    ),
    (
        "at_any_size",
        lambda model, image, multiple: at_any_size(model, image, multiple, mode="constant"),
        "The border is black",
    ),
    (
        "at_any_size",
        lambda model, image, multiple: at_any_size(model, image, multiple, mode="edge"),
        "repeated",
    ),
    (
        "at_any_size",
        lambda model, image, multiple: at_any_size(model, image, multiple, mode="symmetric"),
        "doubles the last row",
    ),
    (
        "at_any_size",
        lambda model, image, multiple: at_any_size(model, image, multiple, before=True),
        "above and on the left",
    ),
    ("at_any_size", at_any_size_centred, "on both sides"),
    (
        "at_any_size",
        lambda model, image, multiple: at_any_size(lambda x: model(model(x)), image, multiple),
        "Call the model once",
    ),
    (
        "at_any_size",
        lambda model, image, multiple: 0 * at_any_size(model, image, multiple),
        "keep the first rows and columns",
    ),
    ("psnr_without_truth", lambda o, s, sigma: -10 * np.log10(mean_square(o, s)), "has to go"),
    (
        "psnr_without_truth",
        lambda o, s, sigma: -10 * np.log10(abs(mean_square(o, s) - sigma)),
        "is its square",
    ),
    (
        "psnr_without_truth",
        lambda o, s, sigma: -10 * np.log10(mean_square(o, s) + sigma**2),
        "do not add it",
    ),
    (
        "psnr_without_truth",
        lambda o, s, sigma: -10 * np.log10(abs(mean_square(o, s) - 2 * sigma**2)),
        "Only one of the two",
    ),
    (
        "psnr_without_truth",
        lambda o, s, sigma: -20 * np.log10(mean_square(o, s) - sigma**2),
        "20 times would be for its root",
    ),
    (
        "psnr_without_truth",
        lambda o, s, sigma: 10 * np.log10(mean_square(o, s) - sigma**2),
        "The sign is wrong",
    ),
    (
        "psnr_without_truth",
        lambda o, s, sigma: mean_square(o, s) - sigma**2,
        "Give it in decibels",
    ),
    ("psnr_without_truth", lambda o, s, sigma: 30.0, "is the squared error plus"),
    ("eight_views", lambda model, images: 8 * eight_views(model, images), "Take their mean"),
    ("eight_views", lambda model, images: eight_views(model, images, back=False), "Turn each back"),
    (
        "eight_views",
        lambda model, images: eight_views(model, images, flips=(False,)),
        "a mirror image too",
    ),
    (
        "eight_views",
        lambda model, images: eight_views(model, images, turns=(0,)),
        "can be turned four ways",
    ),
    (
        "eight_views",
        lambda model, images: eight_views(model, images, turns=(0, 2)),
        "quarter turns are missing",
    ),
    ("eight_views", lambda model, images: model(images), "plain answer"),
    ("eight_views", lambda model, images: eight_views(model, images) + 1, "opposite order"),
]
