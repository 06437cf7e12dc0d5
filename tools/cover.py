"""Draws the picture of the landing page: a small ResNet, at work and taken apart into its blocks.

python tools/cover.py

trains the model on the digits, sends one of them through it, and writes _static/cover.svg: what
each block made of the image, and the layers inside the blocks.
"""

import os
from pathlib import Path

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
from keras import layers, ops

from blocks import ResidualBlock, conv_block, pooling_block
from blocks.teaching import data

TARGET = Path(__file__).resolve().parent.parent / "_static" / "cover.svg"
ALT = (
    "A small residual network at work. A handwritten {digit} of 8 by 8 pixels passes through a "
    "convolutional block and two residual blocks, which turn it into 16, 16 and 32 feature maps, "
    "then through a pooling block and a dense layer, which gives {digit} the highest of ten "
    "probabilities. Below, the blocks are open: convolutions, batch normalization and ReLU in a "
    "line, and in each residual block a shortcut around them, the second with a convolution of "
    "its own."
)
INPUT, MAP, SURE = "currentColor", "#4a86c5", "#3f9f6b"
COLORS = {"Conv2D": "#4a86c5", "BatchNormalization": "#c08a1e", "ReLU": "#3f9f6b", "+": "#d2693c"}
STYLE = (
    # on its own the drawing is grey, within a page it has the colour of the page's text
    "svg:root{color:#808080}"
    "figure.block-diagram>svg.cover{min-width:36rem}"  # scrolls on a phone
    ".cover .line{fill:none;stroke:currentColor;stroke-width:1.4;stroke-opacity:.6}"
    ".cover .dash{stroke-dasharray:3 4}"
    ".cover .code{font:600 12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
)
TOP, SIDE = 8, 128  # of the pictures
OPEN = 236  # where the insides begin
BOX, GAP, WIDTH = 26, 14, 146  # height of a box and of an arrow, width of a box
SHADES = 8


def trained_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            conv_block(16, name="stem"),
            ResidualBlock(16, name="residual"),
            ResidualBlock(32, strides=2, name="downsample"),
            pooling_block(None, mode="average", name="pool"),
            layers.Dense(10, name="classify"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    (x, y), _ = data.digits()
    model.fit(x, y, epochs=12, verbose=0)
    return model


def picture(values, x, y, size, color):
    """A grid of squares, the stronger the larger the value: one path for each of a few shades."""
    spread = np.ptp(values) or 1
    shades = np.ceil((values - values.min()) / spread * SHADES).astype(int)
    paths = []
    for shade in range(1, SHADES + 1):
        squares = "".join(
            f"M{x + column * size:.4g} {y + row * size:.4g}h{size:g}v{size:g}h-{size:g}z"
            for row, column in np.argwhere(shades == shade)
        )
        if squares:
            paths.append(f'<path fill="{color}" fill-opacity="{shade / SHADES:g}" d="{squares}"/>')
    return "".join(paths)


def maps(values, x, columns=4):
    """All channels of one example, side by side and one below the other."""
    side = SIDE / (values.shape[-1] / columns)
    inner = side * 0.86
    parts = []
    for channel in range(values.shape[-1]):
        row, column = divmod(channel, columns)
        left, top = x + column * side, TOP + row * side
        parts.append(
            picture(values[..., channel], left, top, inner / len(values), MAP)
            + f'<rect x="{left:g}" y="{top:g}" width="{inner:.4g}" height="{inner:.4g}" '
            f'fill="none" stroke="{MAP}" stroke-opacity=".45" stroke-width=".7"/>'
        )
    return "".join(parts)


def bars(probabilities, x):
    """One bar for each digit."""
    height = SIDE / 10
    parts = []
    for digit, p in enumerate(probabilities):
        y = TOP + digit * height
        color = SURE if p == probabilities.max() else INPUT
        parts.append(
            f'<text x="{x}" y="{y + 10.4:.4g}" font-size="11.5" text-anchor="end">{digit}</text>'
            f'<rect x="{x + 6}" y="{y + 1:.4g}" width="{1 + 72 * p:.3g}" height="{height - 2:.3g}" '
            f'fill="{color}"/>'
        )
    return "".join(parts)


def label(x, *lines):
    return "".join(
        f'<text class="code" x="{x}" y="{TOP + SIDE + 24 + 17 * number}">{line}</text>'
        for number, line in enumerate(lines)
    )


def arrow(path, x, y, angle=0):
    """A line along the path, with its head at (x, y)."""
    head = f'<path d="M0 0l-4 -7q4 2 8 0z" transform="translate({x:g} {y:g}) rotate({angle})"/>'
    return f'<path class="line" d="{path}"/>{head}'


def box(x, y, title):
    color = COLORS[title.split()[0]]
    width, radius = (BOX, BOX / 2) if title == "+" else (WIDTH, 7)
    return (
        f'<rect x="{x - width / 2:g}" y="{y}" width="{width}" height="{BOX}" rx="{radius:g}" '
        f'fill="{color}" fill-opacity=".16" stroke="{color}" stroke-width="1.5"/>'
        f'<text x="{x}" y="{y + 17}" font-size="12.5">{title}</text>'
    )


def titles(line):
    """The names of layers, a convolution's with the size of its kernel."""
    found = []
    for layer in line:
        name = "ReLU" if isinstance(layer, layers.Activation) else type(layer).__name__
        size = "{}×{}".format(*layer.kernel_size) if isinstance(layer, layers.Conv2D) else ""
        found.append(f"{name} {size}".strip())
    return found


def opened(x, line):
    """Boxes one below the other, under a dashed line from the block's name."""
    start = OPEN - 32
    parts = [f'<path class="line dash" d="M{x} {TOP + SIDE + 50}V{start}"/>']
    for number, title in enumerate(line):
        y = OPEN + number * (BOX + GAP)
        parts.append(arrow(f"M{x} {start}V{y - 6}", x, y - 1) + box(x, y, title))
        start = y + BOX
    return "".join(parts)


def residual(x, block):
    """A residual block from the inside: its branch, and the shortcut around it."""
    first, second = titles(block.branch_layers()[:2]), titles(block.branch_layers()[2:])
    plus = OPEN + 5 * (BOX + GAP) + BOX / 2
    shortcut = [] if block.projection is None else [block.projection, block.projection_norm]
    lane = x + WIDTH / 2 + (WIDTH / 2 + 14 if shortcut else 18)
    side = "".join(
        box(lane, OPEN + (BOX + GAP) * (number + 1), title)
        for number, title in enumerate(titles(shortcut))
    )
    path = f"M{x} {OPEN - 24}H{lane - 10:g}q10 0 10 10"
    for number in range(len(shortcut)):
        y = OPEN + (BOX + GAP) * (number + 1)
        path += f"V{y}M{lane:g} {y + BOX}"
    path += f"V{plus - 10}q0 10 -10 10H{x + BOX / 2 + 6:g}"
    shortcut_arrow = arrow(path, x + BOX / 2 + 1, plus, 90)
    return opened(x, [*first, "ReLU", *second, "+", "ReLU"]) + side + shortcut_arrow


def main():
    model = trained_model()
    _, (x, y) = data.digits()
    index = int(np.flatnonzero(y == 3)[0])
    outputs = [layer.output for layer in model.layers]
    stages = keras.Model(model.inputs[0], outputs)(x[index : index + 1])
    stem, same, down, pooled, logits = (np.array(stage[0]) for stage in stages)
    p = np.array(ops.softmax(logits))
    assert p.argmax() == y[index]

    middle = TOP + SIDE / 2
    row = [(136, 166), (306, 334), (474, 550), (630, 706), (740, 776)]
    pooling = picture(pooled[:, None], 714, TOP, SIDE / len(pooled), MAP)
    drawing = [
        picture(x[index, ..., 0], 4, TOP, SIDE / 8, INPUT),
        maps(stem, 172),
        maps(same, 340),
        maps(down, 558),
        f'<g transform="translate(714 0) scale(4 1) translate(-714 0)">{pooling}</g>',
        bars(p, 796),
        *(arrow(f"M{a} {middle}H{b - 6}", b, middle, -90) for a, b in row),
        label(68, "image"),
        label(236, "conv_block", "(16)"),
        label(404, "ResidualBlock", "(16)"),
        label(590, "ResidualBlock", "(32, strides=2)"),
        label(722, "pooling_block"),
        label(836, "Dense", "(10)"),
        opened(236, titles(model.get_layer("stem").layers)),
        residual(404, model.get_layer("residual")),
        residual(590, model.get_layer("downsample")),
    ]
    alt = ALT.format(digit=y[index])
    TARGET.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cover" role="img" aria-label="{alt}" '
        'viewBox="0 0 880 514" fill="currentColor" text-anchor="middle" '
        'font-family="system-ui,sans-serif">'
        f"<style>{STYLE}</style>{''.join(drawing)}</svg>\n"
    )
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, {model.count_params():,} parameters")


if __name__ == "__main__":
    main()
