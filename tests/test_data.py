"""Tests of the book's data: shapes, types, ranges, determinism and errors."""

import numpy as np
import pytest

from blocks.teaching import data


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_digits():
    (x_train, y_train), (x_test, y_test) = data.digits()
    assert x_train.shape == (1437, 8, 8, 1) and x_test.shape == (360, 8, 8, 1)
    assert y_train.shape == (1437,) and y_test.shape == (360,)
    assert x_train.dtype == x_test.dtype == "float32"
    assert y_train.dtype == y_test.dtype == "int32"
    assert x_train.min() == 0 and x_train.max() == 1
    share = np.bincount(y_test) / (np.bincount(y_test) + np.bincount(y_train))
    assert len(share) == 10 and np.all(np.abs(share - 0.2) < 0.006)


def test_digits_are_all_there_once():
    (x_train, _), (x_test, _) = data.digits()
    (x_other, _), (x_rest, _) = data.digits(seed=3)
    one, other = np.concatenate([x_train, x_test]), np.concatenate([x_other, x_rest])
    assert not np.array_equal(one, other)
    assert_same(*(np.unique(x.reshape(1797, 64), axis=0) for x in (one, other)))


def test_digits_are_in_random_order():
    (_, y_train), (_, y_test) = data.digits()
    for labels in (y_train, y_test):
        assert len(set(labels[:50].tolist())) == 10


def test_digits_come_in_the_same_split():
    assert_same(data.digits()[0], data.digits(seed=0)[0])


def test_on_canvas():
    images = np.arange(1, 9, dtype="float32").reshape(2, 2, 2, 1)
    still = data.on_canvas(images, size=5)
    assert still.shape == (2, 5, 5, 1) and still.dtype == "float32"
    np.testing.assert_array_equal(still[:, 1:3, 1:3], images)
    assert still.sum() == images.sum()


def test_on_canvas_moves():
    images = np.ones((200, 8, 8, 1), dtype="float32")
    moved = data.on_canvas(images, size=16, shift=4, seed=1)
    assert np.all(moved.sum(axis=(1, 2, 3)) == 64)
    tops = moved.any(axis=(2, 3)).argmax(axis=1)
    assert set(tops.tolist()) == set(range(9))
    np.testing.assert_array_equal(moved, data.on_canvas(images, size=16, shift=4, seed=1))
    assert not np.array_equal(moved, data.on_canvas(images, size=16, shift=4, seed=2))


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photograph(name):
    photo = data.photograph(name)
    assert photo.shape == (427, 640, 3) and photo.dtype == "float32"
    assert photo.min() >= 0 and photo.max() <= 1 and photo.std() > 0.1


def test_patches():
    photo = data.photograph()
    found = data.patches(photo, 50, size=16, seed=1)
    assert found.shape == (50, 16, 16, 3) and found.dtype == "float32"
    np.testing.assert_array_equal(found, data.patches(photo, 50, size=16, seed=1))
    assert not np.array_equal(found, data.patches(photo, 50, size=16, seed=2))


def test_patches_reach_every_corner():
    image = np.arange(9.0).reshape(3, 3, 1)
    found = {tuple(patch.ravel()) for patch in data.patches(image, 100, size=2)}
    assert found == {(n, n + 1, n + 3, n + 4) for n in (0, 1, 3, 4)}


def test_spirals():
    points, labels = data.spirals(1001, seed=1)
    assert points.shape == (1001, 2) and points.dtype == "float32"
    assert labels.shape == (1001,) and labels.dtype == "int32"
    assert np.bincount(labels).tolist() == [501, 500]
    assert np.abs(points).max() < 1.2
    assert_same((points, labels), data.spirals(1001, seed=1))
    assert not np.array_equal(points, data.spirals(1001, seed=2)[0])


def test_spirals_are_half_a_circle_apart():
    points, labels = data.spirals(400, turns=1, noise=0)
    radius = np.linalg.norm(points, axis=1)
    along = (np.arctan2(points[:, 1], points[:, 0]) - 2 * np.pi * radius) % (2 * np.pi)
    away = np.abs(np.exp(1j * along) - np.where(labels == 0, 1, -1))
    assert away.max() < 1e-5


def test_text():
    text = data.text()
    assert len(text) == 400_000
    assert set(text) <= set(data.ALPHABET)
    assert len(data.ALPHABET) == len(set(data.ALPHABET)) == 96
    assert data.text(100) == text[:100]
    assert text.count(" the ") > 1000


def test_text_makes_other_symbols_plain(monkeypatch):
    topics = {"b": "“β” – ß", "a": "It’s"}
    monkeypatch.setattr("pydoc_data.topics.topics", topics)
    assert data.text(50) == 'It\'s\n\n"" - ss'


def test_eeg():
    series = data.eeg()
    assert series.shape == (800, 4) and series.dtype == "float32"
    np.testing.assert_allclose(series.std(axis=0), 1, atol=0.01)
    assert np.abs(series).max() < 6
    # neighbours are alike, so there is something to learn
    assert np.corrcoef(series[:-1, 0], series[1:, 0])[0, 1] > 0.8


def test_recall_sequences():
    x, y = data.recall_sequences(500, 12, symbols=3, seed=1)
    assert x.shape == (500, 12) and y.shape == (500,) and x.dtype == y.dtype == "int32"
    assert set(np.unique(x)) == {0, 1, 2}
    np.testing.assert_array_equal(y, x[:, 0])
    assert_same((x, y), data.recall_sequences(500, 12, symbols=3, seed=1))


def test_reverse_sequences():
    x, y = data.reverse_sequences(500, 6, seed=1)
    assert x.shape == y.shape == (500, 6) and x.dtype == y.dtype == "int32"
    assert set(np.unique(x)) == set(range(8))
    np.testing.assert_array_equal(y[:, ::-1], x)
    assert_same((x, y), data.reverse_sequences(500, 6, seed=1))


def test_lookup_sequences():
    key, value, query, answer = data.lookup_sequences(500, 5, keys=6, values=3, seed=1)
    assert key.shape == value.shape == (500, 5) and query.shape == answer.shape == (500,)
    assert key.dtype == value.dtype == query.dtype == answer.dtype == "int32"
    assert set(np.unique(key)) == set(range(6)) and set(np.unique(value)) == {0, 1, 2}
    asked = key == query[:, np.newaxis]
    assert np.all(asked.sum(axis=1) == 1)
    np.testing.assert_array_equal(value[asked], answer)
    assert set(asked.argmax(axis=1)) == set(range(5))
    again = data.lookup_sequences(500, 5, keys=6, values=3, seed=1)
    assert_same((key, value, query, answer), again)


IMAGES = np.zeros((1, 8, 8, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.on_canvas(IMAGES, 16, shift=5), "from 0 to 4 .* Received: shift=5"),
        (lambda: data.on_canvas(IMAGES, 6), "Received: shift=0"),
        (lambda: data.on_canvas(IMAGES[0]), r"\(N, H, W, C\). Received: shape \(8, 8, 1\)"),
        (lambda: data.photograph("moon"), "Received: name='moon'"),
        (lambda: data.patches(IMAGES[0], 0), "count must be at least 1. Received: count=0"),
        (lambda: data.patches(IMAGES[0], 1, 9), "size must be from 1 to 8. Received: size=9"),
        (lambda: data.spirals(1), "count must be at least 2"),
        (lambda: data.text(400_001), "length must be from 1 to 400000"),
        (lambda: data.recall_sequences(0, 1), "count must be at least 1"),
        (lambda: data.recall_sequences(1, 0), "steps must be at least 1"),
        (lambda: data.reverse_sequences(1, 1, symbols=1), "symbols must be at least 2"),
        (lambda: data.lookup_sequences(1, 5, keys=4), "pairs must be from 1 to 4"),
        (lambda: data.lookup_sequences(1, 5, values=1), "values must be at least 2"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
