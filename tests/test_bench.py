"""The rows of `make bench` compare like with like."""

import bench
import keras
import pytest


@pytest.mark.parametrize("row", bench.ROWS, ids=lambda row: f"{row.block} and {row.equivalent}")
def test_sides(row):
    """Both return the same shape and learn the same weights; ResNet50's stage has biases too."""
    ours, theirs = (
        keras.Model(inputs := keras.Input(batch_shape=row.shape), side()(inputs))
        for side in row.sides
    )
    assert ours.output_shape == theirs.output_shape
    biases = 256 + 3 * (64 + 64 + 256) if "ResNet50" in row.equivalent else 0
    assert theirs.count_params() - ours.count_params() == biases


def test_interval_holds_the_median():
    median, low, high = bench.median_and_interval([0.9, 1.0, 1.0, 1.1, 5.0])
    assert median == 1.0
    assert 0.9 <= low <= median <= high <= 5.0
