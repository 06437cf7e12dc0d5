"""Times the training step of every block beside the same computation written directly in Keras.

python tools/bench.py [--repeats N] [--block NAME]

The two sides of a row live in a process each and take turns, step by step, in one run. A step is
`train_on_batch` of a model compiled with Keras's defaults, SGD and the mean squared error. The
ratio is the median over the turns of block / equivalent, between the ends of its 95 % bootstrap
interval. Memory is what XLA plans for the step at its peak, weights included, when the same
model is compiled with `jit_compile=True`: exact, where the memory of a running process varies.
The first row has the same layers on both sides: it shows the noise. A block without weights has a
1 × 1 convolution before it, and so has its equivalent.
"""

import argparse
import multiprocessing
import os
import re
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
from keras import layers, ops

import blocks

WARM_UP = 5
KIB = 2**10


class Row(NamedTuple):
    block: str
    shape: tuple  # of a batch
    sides: tuple  # two functions without arguments, each returning one from tensor to tensor
    equivalent: str = "keras.layers"


def line(*steps):
    """The function that applies one layer or function after the other; without any, `x` itself."""

    def call(x):
        for step in steps:
            x = step(x)
        return x

    return call


def add(*ways):
    """The function that gives its input to several others and adds what they return."""
    return lambda x: layers.Add()([way(x) for way in ways])


def conv(filters, kernel_size=3, strides=1, layer=layers.Conv2D):
    return layer(filters, kernel_size, strides, padding="same", use_bias=False)


def normed(*args):
    return line(conv(*args), layers.BatchNormalization())


def relu():
    return layers.Activation("relu")


def blur(x):
    kernel = np.outer([1, 2, 1], [1, 2, 1]).astype("float32") / 16
    x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")
    return ops.depthwise_conv(x, np.tile(kernel[..., None, None], (x.shape[-1], 1)), 2)


def bottleneck(shortcut):
    branch = line(normed(64, 1), relu(), normed(64), relu(), normed(256, 1))
    return line(add(branch, shortcut), relu())


def resnet50_stage(x):
    model = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
    start, end = (model.get_layer(name).output for name in ("pool1_pool", "conv2_block3_out"))
    return keras.Model(start, end)(x)


def attention():
    def attend(x):
        return layers.MultiHeadAttention(4, 32)(x, x)

    return add(line(layers.LayerNormalization(epsilon=1e-5), attend), line())


def transformer():
    norm = layers.LayerNormalization(epsilon=1e-5)
    dense = line(norm, layers.Dense(512, activation="gelu"), layers.Dense(128))
    return line(attention(), add(dense, line()))


def hub_encoder():
    from keras_hub.layers import TransformerEncoder

    return TransformerEncoder(512, 4, activation="gelu", normalize_first=True)


def positions(x):
    """0, 1, 2, …: computed from `x`, since only what depends on the input is part of the model."""
    return ops.cumsum(ops.ones_like(x[:1, :, 0], dtype="int32"), axis=1) - 1


def squeeze_excitation(x):
    scale = layers.GlobalAveragePooling2D(keepdims=True)(x)
    scale = layers.Dense(64, "sigmoid")(layers.Dense(4, "relu")(scale))
    return layers.Multiply()([x, scale])


def three_bottlenecks():
    return line(*(blocks.BottleneckBlock(64) for _ in range(3)))


def two_convolutions():
    return line(normed(32), relu(), normed(32), relu())


ROWS = [
    Row("(noise)", (8, 32, 32, 16), (two_convolutions, two_convolutions), "itself"),
    Row(
        "dense_block",
        (128, 512),
        (
            lambda: blocks.dense_block([1024, 1024, 512]),
            lambda: line(*(layers.Dense(n, activation="relu") for n in (1024, 1024, 512))),
        ),
    ),
    Row(
        "conv_block",
        (8, 32, 32, 16),
        (lambda: blocks.conv_block([32, 32]), two_convolutions),
    ),
    Row(
        "batch_norm_block",
        (16, 32, 32, 16),
        (lambda: blocks.batch_norm_block(conv(32)), lambda: line(normed(32), relu())),
    ),
    Row(
        "layer_norm_block",
        (16, 32, 32, 16),
        (
            lambda: blocks.layer_norm_block(conv(32)),
            lambda: line(conv(32), layers.LayerNormalization(), relu()),
        ),
    ),
    Row(
        "recurrent_block, lstm",
        (32, 20, 32),
        (
            lambda: blocks.recurrent_block([64, 64]),
            lambda: line(layers.LSTM(64, return_sequences=True), layers.LSTM(64)),
        ),
    ),
    Row(
        "recurrent_block, gru",
        (32, 20, 32),
        (
            lambda: blocks.recurrent_block(64, cell="gru", bidirectional=True),
            lambda: layers.Bidirectional(layers.GRU(64)),
        ),
    ),
    Row(
        "pooling_block, max",
        (16, 64, 64, 16),
        (
            lambda: line(conv(16, 1), blocks.pooling_block()),
            lambda: line(conv(16, 1), layers.MaxPooling2D()),
        ),
    ),
    Row(
        "pooling_block, average",
        (16, 64, 64, 16),
        (
            lambda: line(conv(16, 1), blocks.pooling_block(mode="average")),
            lambda: line(conv(16, 1), layers.AveragePooling2D(2)),
        ),
    ),
    Row(
        "downsampling_block, conv",
        (16, 64, 64, 16),
        (lambda: blocks.downsampling_block(32), lambda: line(normed(32, 3, 2), relu())),
    ),
    Row(
        "downsampling_block, pool",
        (8, 32, 32, 16),
        (
            lambda: blocks.downsampling_block(32, method="pool"),
            lambda: line(normed(32), relu(), layers.MaxPooling2D()),
        ),
    ),
    Row(
        "downsampling_block, blur",
        (8, 32, 32, 16),
        (
            lambda: blocks.downsampling_block(32, method="blur"),
            lambda: line(normed(32), relu(), blur),
        ),
    ),
    Row(
        "upsampling_block, nearest",
        (16, 16, 16, 32),
        (
            lambda: blocks.upsampling_block(16),
            lambda: line(layers.UpSampling2D(), normed(16), relu()),
        ),
    ),
    Row(
        "upsampling_block, transpose",
        (16, 16, 16, 32),
        (
            lambda: blocks.upsampling_block(16, method="transpose"),
            lambda: line(normed(16, 4, 2, layers.Conv2DTranspose), relu()),
        ),
    ),
    Row(
        "ResidualBlock",
        (4, 32, 32, 32),
        (
            lambda: blocks.ResidualBlock(32),
            lambda: line(add(line(normed(32), relu(), normed(32)), line()), relu()),
        ),
    ),
    Row(
        "ResidualBlock, projecting",
        (8, 32, 32, 32),
        (
            lambda: blocks.ResidualBlock(48, strides=2),
            lambda: line(add(line(normed(48, 3, 2), relu(), normed(48)), normed(48, 1, 2)), relu()),
        ),
    ),
    Row(
        "BottleneckBlock, three",
        (8, 8, 8, 64),
        (
            three_bottlenecks,
            lambda: line(bottleneck(normed(256, 1)), bottleneck(line()), bottleneck(line())),
        ),
    ),
    Row(
        "BottleneckBlock, three",
        (8, 8, 8, 64),
        (three_bottlenecks, lambda: resnet50_stage),
        "ResNet50's conv2, biased",
    ),
    Row(
        "SkipConnection, add",
        (512, 512),
        (
            lambda: blocks.SkipConnection(layers.Dense(512)),
            lambda: add(layers.Dense(512), line()),
        ),
    ),
    Row("AttentionBlock", (8, 64, 128), (lambda: blocks.AttentionBlock(4), attention)),
    Row("TransformerBlock", (8, 64, 128), (lambda: blocks.TransformerBlock(4, 512), transformer)),
    Row(
        "PositionalEmbedding",
        (64, 128, 128),
        (
            lambda: blocks.PositionalEmbedding(128),
            lambda: lambda x: x + layers.Embedding(128, 128)(positions(x)),
        ),
    ),
    Row(
        "SqueezeExcitation",
        (16, 32, 32, 64),
        (lambda: blocks.SqueezeExcitation(), lambda: squeeze_excitation),
    ),
    Row(
        "StochasticDepth",
        (16, 32, 32, 16),
        (
            lambda: line(conv(32, 1), blocks.StochasticDepth(0.2)),
            lambda: line(conv(32, 1), layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))),
        ),
    ),
]
if find_spec("keras_hub"):
    ROWS.append(
        Row(
            "TransformerBlock",
            (8, 64, 128),
            (lambda: blocks.TransformerBlock(4, 512), hub_encoder),
            "keras-hub's encoder",
        )
    )


def planned_memory(model, x, y, folder):
    """The bytes that XLA plans for a training step of `model`, from its report in `folder`."""
    model.compile("sgd", "mse", jit_compile=True)
    model.train_on_batch(x, y)
    (report,) = Path(folder).glob("*one_step*memory-usage-report.txt")
    return int(re.search(r"Total bytes used: (\d+)", report.read_text())[1])


def work(connection, index, side):
    """One side of a row: a model, a training step at each request and, at the end, its memory."""
    row = ROWS[index]
    with TemporaryDirectory() as folder:
        os.environ["XLA_FLAGS"] = (
            f"--xla_dump_to={folder} --xla_dump_hlo_as_text --xla_dump_hlo_module_re=.*one_step.*"
        )
        keras.utils.set_random_seed(0)
        inputs = keras.Input(batch_shape=row.shape)
        model = keras.Model(inputs, row.sides[side]()(inputs))
        model.compile("sgd", "mse")
        x, y = (keras.random.normal(shape) for shape in (row.shape, model.output_shape))
        for _ in range(WARM_UP):
            model.train_on_batch(x, y)
        connection.send(model.count_params())
        while connection.recv():
            start = time.perf_counter()
            model.train_on_batch(x, y)
            connection.send(time.perf_counter() - start)
        connection.send(planned_memory(model, x, y, folder))


def ask(connection):
    connection.send(True)
    return connection.recv()


def measure(context, index, repeats):
    """Parameters, seconds of each step and memory of both sides of a row."""
    connections, processes = [], []
    for side in (0, 1):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=work, args=(theirs, index, side), daemon=True))
        processes[-1].start()
        theirs.close()
        connections.append(ours)
    parameters = [connection.recv() for connection in connections]
    seconds = np.zeros((repeats, 2))
    for turn in range(repeats):
        for side in (0, 1) if turn % 2 else (1, 0):  # neither side always goes first
            seconds[turn, side] = ask(connections[side])
    for connection in connections:
        connection.send(False)
    memory = [connection.recv() for connection in connections]
    for process in processes:
        process.join()
    return parameters, seconds, memory


def median_and_interval(ratios):
    """The median, and the ends of its 95 % interval when the turns are drawn again and again."""
    draws = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    return np.median(ratios), *np.percentile(np.median(draws, axis=1), [2.5, 97.5])


def both(ours, theirs):
    """A number of each side, or one where they are the same."""
    return f"{ours:,}" if ours == theirs else f"{ours:,} / {theirs:,}"


def report(row, parameters, seconds, memory):
    """The line of the table for one row."""
    median, low, high = median_and_interval(seconds[:, 0] / seconds[:, 1])
    step = 1000 * np.median(seconds[:, 1])
    return (
        f"{row.block:28}{row.equivalent:24}{median:6.3f}  [{low:.3f}, {high:.3f}]{step:7.1f} ms"
        f"{both(*parameters):>20}{both(*(size // KIB for size in memory)):>16}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repeats", type=int, default=60, help="turns of each side (60)")
    parser.add_argument("--block", default="", help="only the rows whose block begins so")
    options = parser.parse_args()
    print(
        f"{'block':28}{'equivalent':24}{'ratio':>6}  {'95 % interval':14}{'a step':>10}"
        f"{'parameters':>20}{'memory, KiB':>16}"
    )
    # A server that has imported Keras once, and splits off a fresh process for every side.
    context = multiprocessing.get_context("forkserver")
    for index, row in enumerate(ROWS):
        if row.block.startswith(options.block):
            print(report(row, *measure(context, index, options.repeats)), flush=True)


if __name__ == "__main__":
    main()
