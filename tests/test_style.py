"""Tests of the plot style: contrast on both pages, colours told apart, the same picture twice."""

import io
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from blocks.teaching import style

PAGES = ("#ffffff", "#14181e")

# What the three kinds of dichromats see, on linear RGB: G. Machado, M. Oliveira and L. Fernandes,
# "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
SIGHTS = {
    "all cones": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(color, page):
    """WCAG's contrast ratio."""
    low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (color, page))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb):
    """B. Ottosson's perceptual colour space: distances in it are close to those that are seen."""
    cones = np.cbrt(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
        @ np.clip(rgb, 0, 1)
    )
    return [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ] @ cones


@pytest.fixture
def figure():
    """The style in force, and all put back after the test."""
    with plt.rc_context():
        style.use()
        yield
    plt.close("all")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("color", style.COLORS)
def test_colors_hold_on_both_pages(color, page):
    assert contrast(color, page) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_ink_reads_on_both_pages(page):
    assert contrast(style.INK, page) >= 4.2


@pytest.mark.parametrize("sight", SIGHTS)
def test_colors_are_told_apart(sight):
    seen = [oklab(SIGHTS[sight] @ linear(color)) for color in style.COLORS]
    # three times the difference that is only just seen, about 0.02
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 0.06


def test_lines_differ_in_color_and_dashes(figure):
    lines = plt.plot(np.eye(4))
    assert [line.get_color() for line in lines] == list(style.COLORS)
    assert [line.get_linestyle() for line in lines] == list(style.DASHES)


def test_figure_has_no_background(figure):
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    fig.canvas.draw()
    assert np.asarray(fig.canvas.buffer_rgba())[0, 0, 3] == 0


@pytest.mark.parametrize("form", ["png", "svg"])
def test_same_bytes_on_every_run(figure, form):
    def draw():
        fig, ax = plt.subplots()
        ax.plot([0, 1], label="one")
        ax.legend()
        file = io.BytesIO()
        fig.savefig(file, format=form, metadata={"Date": None} if form == "svg" else None)
        return file.getvalue()

    assert draw() == draw()


def test_sharp_in_a_notebook(figure, monkeypatch):
    formats = []
    monkeypatch.setattr(style, "get_ipython", lambda: object())
    monkeypatch.setattr(style, "set_matplotlib_formats", formats.append)
    style.use()
    assert formats == ["retina"]


def test_color_maps_exist():
    for name in (style.GREYS, style.SEQUENTIAL, style.DIVERGING):
        assert plt.get_cmap(name)


def test_show_images(figure):
    images = [np.zeros((4, 4)), np.full((4, 4, 1), 2.0), np.ones((2, 4, 3))]
    fig = style.show_images(images, ["a", "b", "c"], columns=2)
    assert len(fig.axes) == 4
    shown = [ax.get_images()[0] for ax in fig.axes[:3]]
    assert [ax.get_title() for ax in fig.axes] == ["a", "b", "c", ""]
    assert all(image.get_clim() == (0, 2) for image in shown)
    assert not any(ax.axison for ax in fig.axes)


def test_show_images_in_one_row_with_limits(figure):
    fig = style.show_images(np.zeros((3, 8, 8, 1)), limits=(-1, 1), size=1)
    assert fig.get_size_inches().tolist() == [3, 1]
    assert fig.axes[0].get_images()[0].get_clim() == (-1, 1)


def test_show_images_needs_a_title_each(figure):
    with pytest.raises(ValueError, match="as many as the 2 images. Received: titles="):
        style.show_images(np.zeros((2, 8, 8)), ["one"])
