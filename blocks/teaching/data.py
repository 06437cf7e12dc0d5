"""The book's data: real data from inside installed packages, or generated from a seed.

Nothing is downloaded. Random draws come from a NumPy generator made from the argument `seed`,
so the same call gives the same arrays. Images are float32 in [0, 1] with channels last; labels
and symbols are int32 and count from 0.
"""

import pydoc_data.topics
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.datasets import load_digits, load_sample_image

ALPHABET = "\n" + "".join(chr(code) for code in range(32, 127))
"""The 96 symbols of `text()`: the line break and the printable characters of ASCII."""

# What typographic characters become in `text()`; any other outside the alphabet is left out.
_PLAIN = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "ß": "ss"}


def digits(seed=0):
    """Handwritten digits as small grey images, split into training and test data.

    The split is stratified: each digit has the same share of both parts. It depends on `seed`
    alone; leave it at 0 to have the same split in every chapter.

    Args:
        seed: integer, the seed of the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images of shape `(1437, 8, 8, 1)` and
        `(360, 8, 8, 1)`, float32 in [0, 1] (17 levels of ink, 0 is paper); labels of shape
        `(1437,)` and `(360,)`, int32 from 0 to 9. Both parts are in random order.

    Source: ships with scikit-learn (`load_digits`). 1,797 digits by 13 people, who occur in both
        parts; a copy of the test set of E. Alpaydin and C. Kaynak, "Optical Recognition of
        Handwritten Digits", UCI Machine Learning Repository, 1998, licence CC BY 4.0.
    """
    raw = load_digits()
    images = (raw.images[..., np.newaxis] / 16).astype("float32")
    labels = raw.target.astype("int32")
    order = np.random.default_rng(seed).permutation(len(labels))
    by_digit = order[np.argsort(labels[order], kind="stable")]
    is_test = np.zeros(len(labels), dtype=bool)
    is_test[by_digit[::5]] = True  # every fifth of each digit
    train, test = order[~is_test[order]], order[is_test[order]]
    return (images[train], labels[train]), (images[test], labels[test])


def on_canvas(images, size=16, shift=0, seed=0):
    """Places each image on a larger empty square: in its middle, or moved at random.

    Args:
        images: array of shape `(N, H, W, C)`.
        size: side of the square in pixels, large enough for the image and its move.
        shift: each image is moved by a whole number of pixels from `-shift` to `shift`, down and
            to the right, each as likely as any other.
        seed: integer, the seed of the moves.

    Returns:
        Array of shape `(N, size, size, C)`, of the type of `images`, 0 where no image is.
    """
    if images.ndim != 4:
        raise ValueError(f"images must be of shape (N, H, W, C). Received: shape {images.shape}")
    count, height, width, channels = images.shape
    top, left = (size - height) // 2, (size - width) // 2
    if shift < 0 or shift > min(top, left):
        raise ValueError(
            f"shift must be from 0 to {min(top, left)} for images of {height}×{width} on a square "
            f"of {size}. Received: shift={shift}"
        )
    moves = np.random.default_rng(seed).integers(-shift, shift, size=(count, 2), endpoint=True)
    canvas = np.zeros((count, size, size, channels), dtype=images.dtype)
    for place, image, (down, right) in zip(canvas, images, moves, strict=True):
        place[top + down : top + down + height, left + right : left + right + width] = image
    return canvas


def photograph(name="china"):
    """One of two real photographs in colour.

    Args:
        name: `"china"`, a temple, straight edges and fine detail, or `"flower"`, a blossom
            before a blurred ground.

    Returns:
        Array of shape `(427, 640, 3)`, float32 in [0, 1]: height, width, red–green–blue.

    Source: ships with scikit-learn (`load_sample_image`). From Flickr: "china" by danielbuechele,
        "flower" by vultilion, licence CC BY 2.0. Other versions of Pillow may decode a pixel
        differently by one level of 255.
    """
    if name not in ("china", "flower"):
        raise ValueError(f'name must be "china" or "flower". Received: name={name!r}')
    return load_sample_image(f"{name}.jpg").astype("float32") / np.float32(255)


def patches(image, count, size=32, seed=0):
    """Cuts squares from random places of an image.

    To test on places that were not trained on, cut the training patches from one photograph, or
    one half of it, and the test patches from the other.

    Args:
        image: array of shape `(H, W, C)`.
        count: number of patches.
        size: side of a patch in pixels.
        seed: integer, the seed of the places.

    Returns:
        Array of shape `(count, size, size, C)`, of the type of `image`.
    """
    height, width = image.shape[:2]
    _at_least("count", count, 1)
    _between("size", size, 1, min(height, width))
    rng = np.random.default_rng(seed)
    tops = rng.integers(height - size, size=count, endpoint=True)
    lefts = rng.integers(width - size, size=count, endpoint=True)
    places = zip(tops, lefts, strict=True)
    return np.stack([image[top : top + size, left : left + size] for top, left in places])


def spirals(count=1000, turns=1.5, noise=0.02, seed=0):
    """Two interleaved spirals in the plane: no straight line can part them.

    Each spiral runs from near the middle to radius 1; the second is the first, turned by half
    a circle.

    Args:
        count: number of points, half of them (rounded up) on spiral 0.
        turns: number of full turns of each spiral: more turns, harder task.
        noise: standard deviation of the noise added to both coordinates.
        seed: integer, the seed of the places and the noise.

    Returns:
        `points, labels`: shape `(count, 2)`, float32, about -1 to 1; and `(count,)`, int32,
        the spiral of each point, 0 or 1. The points are in random order.
    """
    _at_least("count", count, 2)
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 2)
    radius = np.sqrt(rng.uniform(0.01, 1, size=count))  # as dense far out as near the middle
    angle = 2 * np.pi * turns * radius + np.pi * labels
    points = radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points += rng.normal(scale=noise, size=points.shape)
    return points.astype("float32"), labels.astype("int32")


def text(length=400_000):
    """English prose about Python, in the 96 symbols of `ALPHABET`.

    The reference pages that Python's `help()` shows, in the order of their names. The words
    differ between releases of Python, even between two of 3.11; the alphabet and the length do
    not. So print nothing that depends on the words: counts of symbols, say, or a sample.

    Args:
        length: number of characters, from the beginning, at most 400,000.

    Returns:
        A string of `length` characters, each of which is in `ALPHABET`. The number of one is
        its place there: `[ALPHABET.index(symbol) for symbol in text(100)]`.

    Source: `pydoc_data.topics` in Python's standard library, licence PSF-2.0.
    """
    _between("length", length, 1, 400_000)
    topics = pydoc_data.topics.topics
    pages = "\n\n".join(topics[name] for name in sorted(topics))
    plain = "".join(_PLAIN.get(symbol, symbol) for symbol in pages)
    return "".join(symbol for symbol in plain if symbol in ALPHABET)[:length]


def eeg():
    """A real time series: the electrical activity of a brain, at four places on the scalp.

    Ten seconds, 80 measurements a second: rhythms that a model can use and noise that it
    cannot. The next value is easier to guess than its neighbour's copy, but not by much.

    Returns:
        Array of shape `(800, 4)`, float32: time steps, places. Each column has a standard
        deviation of 1, with values from about -5 to 5; the unit is not documented.

    Source: ships with Matplotlib as sample data (`eeg.dat`), where its gallery's "MRI with EEG"
        draws it; Matplotlib's licence. Its origin is not documented further.
    """
    file = Path(matplotlib.get_data_path(), "sample_data", "eeg.dat")
    return np.frombuffer(file.read_bytes(), dtype="<f8").reshape(800, 4).astype("float32")


def recall_sequences(count, steps, symbols=4, seed=0):
    """Sequences of random symbols, each to be answered with its first: a test of memory.

    Args:
        count: number of sequences.
        steps: length of each: the first symbol has to be remembered over `steps - 1` others.
        symbols: number of different symbols; a guess is right once in `symbols`.
        seed: integer, the seed of the symbols.

    Returns:
        `x, y`: shape `(count, steps)` and `(count,)`, int32 from 0 to `symbols - 1`.
    """
    _at_least("count", count, 1)
    _at_least("steps", steps, 1)
    _at_least("symbols", symbols, 2)
    x = np.random.default_rng(seed).integers(symbols, size=(count, steps), dtype="int32")
    return x, x[:, 0].copy()


def reverse_sequences(count, steps, symbols=8, seed=0):
    """Sequences of random symbols, each to be answered with itself in reverse order.

    Args:
        count: number of sequences.
        steps: length of each.
        symbols: number of different symbols; a guess is right once in `symbols`.
        seed: integer, the seed of the symbols.

    Returns:
        `x, y`: both of shape `(count, steps)`, int32 from 0 to `symbols - 1`.
    """
    _at_least("count", count, 1)
    _at_least("steps", steps, 1)
    _at_least("symbols", symbols, 2)
    x = np.random.default_rng(seed).integers(symbols, size=(count, steps), dtype="int32")
    return x, x[:, ::-1].copy()


def lookup_sequences(count, pairs, keys=16, values=8, seed=0):
    """Small dictionaries and one question to each: which value stands beside this key?

    Args:
        count: number of dictionaries.
        pairs: number of entries in each; its keys all differ.
        keys: number of keys there are to choose from, at least `pairs`.
        values: number of different values; a guess is right about once in `values`.
        seed: integer, the seed of the entries and questions.

    Returns:
        `key, value, query, answer`: `key` of shape `(count, pairs)`, int32 from 0 to
        `keys - 1`, in random order; `value` of shape `(count, pairs)`, int32 from 0 to
        `values - 1`; `query` of shape `(count,)`, one of the row's keys; `answer` of shape
        `(count,)`, the value beside it.
    """
    _at_least("count", count, 1)
    _at_least("values", values, 2)
    _between("pairs", pairs, 1, keys)
    rng = np.random.default_rng(seed)
    key = rng.permuted(np.tile(np.arange(keys, dtype="int32"), (count, 1)), axis=1)[:, :pairs]
    value = rng.integers(values, size=(count, pairs), dtype="int32")
    row, asked = np.arange(count), rng.integers(pairs, size=count)
    return key, value, key[row, asked], value[row, asked]


def _at_least(name, value, minimum):
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}. Received: {name}={value}")


def _between(name, value, minimum, maximum):
    if not minimum <= value <= maximum:
        raise ValueError(f"{name} must be from {minimum} to {maximum}. Received: {name}={value}")
