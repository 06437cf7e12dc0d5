"""One plot style for the whole book: figures that hold on light and on dark pages.

A figure has no background of its own. Its ink is a grey with a contrast of 4.2 to 1 on white as
on the site's dark background (#14181e); each line colour has at least 3 to 1 on both. The colours
are from the palette of M. Okabe and K. Ito, "Color Universal Design", 2008, less those too pale
for a white page. People with any of the common colour blindnesses can tell them apart, and as a
second sign lines differ in their dashes.
"""

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython import get_ipython
from matplotlib_inline.backend_inline import set_matplotlib_formats

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
COLORS = (BLUE, VERMILLION, GREEN, PURPLE)
DASHES = ("-", "--", "-.", ":")
INK = "#7b7b7b"

GREYS = "gray"
"""The colour map for images with one channel: 0 is black, 1 is white."""
SEQUENTIAL = "viridis"
"""The colour map for amounts, from little to much."""
DIVERGING = "coolwarm"
"""The colour map for amounts with a sign, 0 in its middle: a light grey, seen on any page."""

_STYLE = {
    "figure.figsize": (6.4, 3.6),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "legend.framealpha": 0,
    "legend.handlelength": 2.8,  # long enough to tell one dash from another
    # DejaVu Sans ships with Matplotlib; 12 points are still 9 pixels where a phone shows a figure
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "figure.titlesize": 13,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.color": INK,
    "patch.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "lines.linewidth": 2,
    "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=DASHES),
    "image.cmap": SEQUENTIAL,
    "image.interpolation": "nearest",
    "svg.hashsalt": "blocks",  # the same bytes on every run
}


def use():
    """Sets the style for every figure drawn after it; in a notebook, sharp on any screen."""
    plt.style.use(["default", _STYLE])
    if get_ipython() is not None:
        set_matplotlib_formats("retina")


def show_images(images, titles=None, *, cmap=GREYS, limits=None, columns=None, size=1.3):
    """Draws images side by side, without axes, all on one scale of brightness.

    Args:
        images: sequence of arrays of shape `(H, W)`, `(H, W, 1)` or `(H, W, 3)`.
        titles: one text above each image.
        cmap: the colour map for images with one channel.
        limits: the values shown as the first and the last colour; the smallest and the largest
            of all images unless given.
        columns: images to a row; all in one row unless given.
        size: width of an image in inches.

    Returns:
        The figure.
    """
    images = [np.asarray(image) for image in images]
    titles = [""] * len(images) if titles is None else titles
    if len(titles) != len(images):
        raise ValueError(
            f"titles must be as many as the {len(images)} images. Received: titles={titles!r}"
        )
    low, high = limits or (min(map(np.min, images)), max(map(np.max, images)))
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    height = size * max(image.shape[0] / image.shape[1] for image in images)
    height += 0.3 * any(titles)
    fig, axes = plt.subplots(rows, columns, figsize=(columns * size, rows * height), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, title in zip(axes.flat, images, titles, strict=False):
        ax.imshow(image, cmap=cmap, vmin=low, vmax=high)
        ax.set_title(title)
    return fig
