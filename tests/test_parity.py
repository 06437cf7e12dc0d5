"""Every block equals what it stands for: NumPy, keras.applications' ResNet50, keras-hub's encoder.

All weights are random, biases, scales and moving averages included, and the largest difference
between the block, in single precision, and the formula, in double precision, is at most 1e-5.
"""

import keras
import numpy as np
import pytest
import reference
from keras import layers
from scipy import ndimage

import blocks

# Keras says so of every Sequential that receives a mask; the layers inside receive it all the same.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .*of type Sequential. was passed an input"),
    pytest.mark.no_cover,  # see test_promise
]
MODES = pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])


@pytest.fixture(autouse=True)
def rng():
    keras.utils.set_random_seed(0)
    return np.random.default_rng(0)


def assert_equal(y, expected):
    y, expected = keras.ops.convert_to_numpy(y), np.asarray(expected)
    assert y.shape == expected.shape
    assert expected.std() > 0.01, "nothing to compare"
    assert np.max(np.abs(y - expected)) <= 1e-5


def randomize(layer, rng):
    """Moves every weight away from its initial value; kernels start at random ones."""
    for weight in layer.weights:
        if weight.name == "moving_variance":
            weight.assign(rng.uniform(0.5, 2, weight.shape))
        elif not weight.name.endswith("kernel"):
            weight.assign(weight + rng.normal(scale=0.5, size=weight.shape))


def built(block, x, rng):
    """`block` with random weights, for inputs like `x`."""
    block.build(x.shape)
    randomize(block, rng)
    return block


def weights(layer):
    """A layer's weights by name, in double precision."""
    values = {w.name: w.numpy().astype("float64") for w in layer.weights}
    return {name.removeprefix("moving_"): value for name, value in values.items()}


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def conv(x, layer, strides=1):
    return reference.conv2d(x, **weights(layer), strides=pair(strides))


def norm(x, layer, training=False, mask=...):
    """Batch normalization by the moving averages or, in training, by the values under `mask`."""
    w = weights(layer)
    if training:
        values = x[mask].reshape(-1, x.shape[-1])
        w.update(mean=values.mean(axis=0), variance=values.var(axis=0))
    return reference.batch_norm(x, **w)


# Straight lines


@pytest.mark.parametrize("shape", [(5, 6), (5, 3, 6), (2, 3, 4, 6)])
def test_dense_block(rng, shape):
    x = rng.normal(size=shape)
    block = built(blocks.dense_block([7, 4], activation="tanh"), x, rng)
    h = np.tanh(reference.dense(x, **weights(block.get_layer("dense_1"))))
    assert_equal(block(x), np.tanh(reference.dense(h, **weights(block.get_layer("dense_2")))))


def test_dense_block_drops_and_scales(rng):
    x = rng.normal(size=(40, 6))
    block = built(blocks.dense_block(30, activation="tanh", dropout=0.25), x, rng)
    y = keras.ops.convert_to_numpy(block(x, training=True))
    dropped = y == 0
    assert 0.2 < dropped.mean() < 0.3
    h = np.tanh(reference.dense(x, **weights(block.get_layer("dense_1"))))
    assert_equal(y, np.where(dropped, 0, h / 0.75))


@MODES
@pytest.mark.parametrize(
    "kernel_size, strides, normalization",
    [(3, 1, "batch"), (3, 2, "layer"), ((1, 4), (2, 3), "batch"), (2, 3, None)],
)
def test_conv_block(rng, training, kernel_size, strides, normalization):
    x = rng.normal(size=(3, 9, 8, 3))
    block = blocks.conv_block([5, 6], kernel_size, strides, normalization=normalization)
    built(block, x, rng)
    h = x
    for i, step in [(1, strides), (2, 1)]:
        h = conv(h, block.get_layer(f"conv_{i}"), step)
        if normalization == "batch":
            h = norm(h, block.get_layer(f"norm_{i}"), training)
        elif normalization == "layer":
            h = reference.layer_norm(h, **weights(block.get_layer(f"norm_{i}")))
        h = reference.relu(h)
    assert_equal(block(x, training=training), h)


# Normalization


@pytest.mark.parametrize("shape", [(16, 5), (4, 6, 5)])
def test_batch_norm_block(rng, shape):
    """In training by the batch, in inference by the averages, which each training step moves."""
    x = rng.normal(1, 2, size=shape)
    block = blocks.batch_norm_block(layers.Dense(4, name="dense"), momentum=0.9, epsilon=0.01)
    built(block, x, rng)
    h = reference.dense(x, **weights(block.get_layer("dense")))
    axes = tuple(range(h.ndim - 1))
    batch = {"mean": h.mean(axis=axes), "variance": h.var(axis=axes)}
    before = weights(block.get_layer("norm"))

    def formula(**statistics):
        return reference.relu(reference.batch_norm(h, **{**before, **statistics}, epsilon=0.01))

    assert_equal(block(x, training=False), formula())
    assert_equal(block(x, training=True), formula(**batch))
    moved = {name: 0.9 * before[name] + 0.1 * batch[name] for name in batch}
    assert_equal(block(x, training=False), formula(**moved))


def test_batch_norm_block_leaves_masked_steps_out_of_the_statistics(rng):
    x, mask = rng.normal(size=(4, 6, 5)), rng.random((4, 6)) < 0.6
    block = built(blocks.batch_norm_block(layers.Dense(4, name="dense")), x, rng)
    h = reference.dense(x, **weights(block.get_layer("dense")))
    expected = reference.relu(norm(h, block.get_layer("norm"), training=True, mask=mask))
    assert_equal(block(x, mask=mask, training=True), expected)


@MODES
@pytest.mark.parametrize("shape", [(6, 5), (4, 6, 5), (2, 3, 4, 5)])
def test_layer_norm_block(rng, training, shape):
    x = rng.normal(1, 2, size=shape)
    block = blocks.layer_norm_block(layers.Dense(4, name="dense"), activation=None, epsilon=0.01)
    built(block, x, rng)
    h = reference.dense(x, **weights(block.get_layer("dense")))
    expected = reference.layer_norm(h, **weights(block.get_layer("norm")), epsilon=0.01)
    assert_equal(block(x, training=training), expected)


# Fewer pixels and more


@pytest.mark.parametrize("mode, function", [("max", np.max), ("average", np.mean)])
@pytest.mark.parametrize("size, strides", [(2, None), (3, 2), (2, 3), ((2, 3), (1, 2)), (1, 1)])
@pytest.mark.parametrize("shape", [(2, 8, 6, 3), (2, 7, 9, 3)], ids=["even", "odd"])
def test_pooling_block(rng, mode, function, size, strides, shape):
    x = rng.normal(size=shape)
    steps = pair(size if strides is None else strides)
    expected = function(reference.windows(x, pair(size), steps), axis=(-2, -1))
    assert_equal(blocks.pooling_block(size, strides, mode=mode)(x), expected)


@pytest.mark.parametrize("mode, function", [("max", np.max), ("average", np.mean)])
def test_global_pooling_block(rng, mode, function):
    x = rng.normal(size=(4, 3, 5, 6))
    assert_equal(blocks.pooling_block(None, mode=mode)(x), function(x, axis=(1, 2)))


def blurred(x, strides):
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    blur = ndimage.convolve(x, kernel[None, :, :, None], mode="nearest")
    return blur[:, ::strides, ::strides]


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("shape", [(2, 8, 6, 3), (2, 7, 9, 3), (2, 1, 2, 3)])
def test_blur_pooling(rng, strides, shape):
    x = rng.normal(size=shape)
    assert_equal(blocks.BlurPooling2D(strides)(x), blurred(x, strides))


@MODES
@pytest.mark.parametrize("method", ["conv", "pool", "blur"])
@pytest.mark.parametrize("strides", [2, 3])
@pytest.mark.parametrize("shape", [(3, 8, 6, 3), (3, 7, 10, 3)])
def test_downsampling_block(rng, training, method, strides, shape):
    x = rng.normal(size=shape)
    block = built(blocks.downsampling_block(5, strides=strides, method=method), x, rng)
    h = conv(x, block.get_layer("conv"), strides if method == "conv" else 1)
    h = reference.relu(norm(h, block.get_layer("norm"), training))
    if method == "pool":
        size = pair(strides)
        h = reference.windows(reference.pad_same(h, size, size, -np.inf), size, size)
        h = h.max(axis=(-2, -1))
    elif method == "blur":
        h = blurred(h, strides)
    assert_equal(block(x, training=training), h)


@MODES
@pytest.mark.parametrize("method", ["nearest", "bilinear", "transpose"])
@pytest.mark.parametrize("kernel_size, size", [(None, 2), (None, 3), (3, 2), ((2, 5), 3)])
def test_upsampling_block(rng, training, method, kernel_size, size):
    x = rng.normal(size=(2, 5, 4, 3))
    block = built(blocks.upsampling_block(6, kernel_size, size, method=method), x, rng)
    kernel = weights(block.get_layer("conv"))["kernel"]
    if method == "transpose":
        default = 2 * size
        h = reference.conv2d_transpose(x, kernel, step=size)
    else:
        default = 3
        upsample = getattr(reference, f"upsample_{method}")
        h = reference.conv2d(upsample(x, size), kernel)
    assert kernel.shape[:2] == pair(default if kernel_size is None else kernel_size)
    expected = reference.relu(norm(h, block.get_layer("norm"), training))
    assert_equal(block(x, training=training), expected)


# Residual blocks


@MODES
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize(
    "filters, kernel_size, strides, projects",
    [
        pytest.param(4, 3, 1, False, id="identity"),
        pytest.param(4, (1, 5), (1, 1), False, id="identity with pairs"),
        pytest.param(6, 3, 1, True, id="projection by channels"),
        pytest.param(4, 3, 2, True, id="projection by strides"),
        pytest.param(6, (5, 2), (3, 1), True, id="projection with pairs"),
    ],
)
def test_residual_block(rng, training, activation, filters, kernel_size, strides, projects):
    """He et al., equations 1 and 2: the last activation follows the addition."""
    x = rng.normal(size=(3, 9, 8, 4))
    block = blocks.ResidualBlock(filters, kernel_size, strides, activation=activation)
    built(block, x, rng)
    act = {"relu": reference.relu, "tanh": np.tanh}[activation]
    h = act(norm(conv(x, block.conv1, strides), block.norm1, training))
    h = norm(conv(h, block.conv2), block.norm2, training)
    shortcut = x
    if projects:
        shortcut = norm(conv(x, block.projection, strides), block.projection_norm, training)
    assert_equal(block(x, training=training), act(h + shortcut))


@MODES
@pytest.mark.parametrize("filters, strides", [(2, 1), (3, 1), (2, 2)])
def test_bottleneck_block(rng, training, filters, strides):
    x = rng.normal(size=(3, 9, 8, 4))
    block = built(blocks.BottleneckBlock(filters, strides=strides, expansion=2), x, rng)
    h = reference.relu(norm(conv(x, block.conv1), block.norm1, training))
    h = reference.relu(norm(conv(h, block.conv2, strides), block.norm2, training))
    h = norm(conv(h, block.conv3), block.norm3, training)
    shortcut = x
    if (filters, strides) != (2, 1):
        shortcut = norm(conv(x, block.projection, strides), block.projection_norm, training)
    assert_equal(block(x, training=training), reference.relu(h + shortcut))


@pytest.fixture(scope="module")
def resnet50():
    """keras.applications' ResNet50 with random weights, moving averages included."""
    keras.utils.set_random_seed(0)
    model = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
    randomize(model, np.random.default_rng(0))
    return model


def stage_of(model, first, last):
    """The part of `model` after its layer `first` up to its layer `last`."""
    return keras.Model(model.get_layer(first).output, model.get_layer(last).output)


def move_stride(model):
    """A copy of `model` whose first convolutions hand their step to the second ones."""

    def moved(layer):
        config = layer.get_config()
        if layer.name.endswith("block1_1_conv"):
            config["strides"] = 1
        elif layer.name.endswith("block1_2_conv"):
            config["strides"] = 2
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=moved)
    copy.set_weights(model.get_weights())
    return copy


def bottlenecks_from(model, x, filters, strides, names):
    """BottleneckBlocks with the weights of the blocks `names` of `model`.

    ResNet50's bias b joins the moving mean, since conv + b - mean = conv - (mean - b); the
    difference between its epsilon and the block's joins the moving variance.
    """
    stack = keras.Sequential()
    for step in (strides, *[1] * (len(names) - 1)):
        stack.add(blocks.BottleneckBlock(filters, strides=step))
    stack.build(x.shape)
    for block, name in zip(stack.layers, names, strict=True):
        parts = [(block.conv1, block.norm1), (block.conv2, block.norm2), (block.conv3, block.norm3)]
        if block.projection is not None:
            parts.insert(0, (block.projection, block.projection_norm))
        for number, (conv, norm) in enumerate(parts, start=4 - len(parts)):
            kernel, bias = model.get_layer(f"{name}_{number}_conv").get_weights()
            theirs = model.get_layer(f"{name}_{number}_bn")
            gamma, beta, mean, variance = theirs.get_weights()
            conv.set_weights([kernel])
            norm.set_weights([gamma, beta, mean - bias, variance + theirs.epsilon - norm.epsilon])
    return stack


def test_bottleneck_block_equals_stage_conv2_of_resnet50(rng, resnet50):
    """Three BottleneckBlocks are stage conv2 of keras.applications' ResNet50, in inference.

    Two choices differ, and neither changes what the stage can compute there: ResNet50's
    convolutions have a bias, which the normalization after them makes redundant (it is folded
    into the moving mean), and its epsilon is 1.001e-5 where the block has Keras's 1e-3 (the
    difference is folded into the moving variance). The stage has no stride; where one stands is
    the third difference, and the subject of the next two tests.
    """
    stage = stage_of(resnet50, "pool1_pool", "conv2_block3_out")
    x = reference.relu(rng.normal(size=(2, *stage.input_shape[1:])))
    names = [f"conv2_block{i}" for i in (1, 2, 3)]
    assert_equal(bottlenecks_from(stage, x, 64, 1, names)(x), stage(x))


def test_bottleneck_block_equals_stage_conv3_of_resnet50_with_the_stride_moved(rng, resnet50):
    """Four BottleneckBlocks are stage conv3 once its stride is moved to the 3 × 3 convolution.

    Besides bias and epsilon (see the test above) the place of the stride differs: ResNet50 steps
    in the first 1 × 1 convolution, as the paper does, and BottleneckBlock in the 3 × 3. All else,
    the shortcut's stride too, is the same: in a copy of the stage that steps in the other place,
    with the same weights, the outputs are equal. As the stage stands, they are not.
    """
    stage = stage_of(resnet50, "conv2_block3_out", "conv3_block4_out")
    x = reference.relu(rng.normal(size=(2, *stage.input_shape[1:])))
    names = [f"conv3_block{i}" for i in (1, 2, 3, 4)]
    y = bottlenecks_from(stage, x, 128, 2, names)(x)
    assert_equal(y, move_stride(stage)(x))
    assert np.max(np.abs(y - stage(x))) > 0.1


def test_bottleneck_block_equals_stage_conv3_of_resnet50_where_no_pixel_is_skipped(rng, resnet50):
    """The unchanged stage conv3 is equal too, where the 3 × 3 kernel looks at one pixel only.

    ResNet50 keeps the pixels (2i, 2j) and centres its 3 × 3 window on each; BottleneckBlock's
    window, on a map of even size, starts at (2i, 2j). So a kernel of zeros but for its centre
    there, and for its upper left corner here, sees the same pixels.
    """
    stage = stage_of(resnet50, "conv2_block3_out", "conv3_block4_out")
    x = reference.relu(rng.normal(size=(2, *stage.input_shape[1:])))
    copy = keras.models.clone_model(stage)
    copy.set_weights(stage.get_weights())
    second = copy.get_layer("conv3_block1_2_conv")
    kernel, bias = second.get_weights()
    at_corner, at_centre = np.zeros((2, *kernel.shape), kernel.dtype)
    at_corner[0, 0] = at_centre[1, 1] = 3 * kernel[1, 1]
    second.set_weights([at_centre, bias])
    stack = bottlenecks_from(copy, x, 128, 2, [f"conv3_block{i}" for i in (1, 2, 3, 4)])
    stack.layers[0].conv2.set_weights([at_corner])
    assert_equal(stack(x), copy(x))


# Branches


@pytest.mark.parametrize("merge", ["add", "concat"])
def test_skip_connection(rng, merge):
    x = rng.normal(size=(3, 5, 4))
    block = built(blocks.SkipConnection(layers.Dense(4), merge), x, rng)
    h = reference.dense(x, **weights(block.layer))
    assert_equal(block(x), x + h if merge == "add" else np.concatenate([x, h], axis=-1))


@pytest.mark.parametrize("ratio, hidden", [(4, 2), (3, 3), (100, 1)])
def test_squeeze_excitation(rng, ratio, hidden):
    x = rng.normal(1, 2, size=(3, 4, 5, 9))
    block = built(blocks.SqueezeExcitation(ratio), x, rng)
    assert block.squeeze.units == hidden
    h = reference.relu(reference.dense(x.mean(axis=(1, 2)), **weights(block.squeeze)))
    scale = 1 / (1 + np.exp(-reference.dense(h, **weights(block.excite))))
    assert_equal(block(x), x * scale[:, None, None])


@pytest.mark.parametrize("shape", [(400, 3), (400, 2, 3), (400, 2, 2, 3)])
def test_stochastic_depth(rng, shape):
    """In training each example is all 0 or all x / (1 - rate); in inference it is x."""
    x = rng.normal(size=shape)
    block = blocks.StochasticDepth(0.25)
    y = keras.ops.convert_to_numpy(block(x, training=True))
    dropped = np.all(y == 0, axis=tuple(range(1, x.ndim)))
    assert 0.15 < dropped.mean() < 0.35
    keep = ~dropped.reshape(-1, *[1] * (x.ndim - 1))
    assert_equal(y, keep * x / 0.75)
    assert_equal(block(x, training=False), x)


# Attention


def allowed_pairs(shape, causal, mask):
    """Which positions may look (second axis) at which (last axis): (B, T, T)."""
    allowed = np.broadcast_to(mask[:, None, :], (*shape[:2], shape[1]))
    return np.tril(allowed) if causal else allowed


def attention_half(x, block, causal, mask):
    h = reference.layer_norm(x, **weights(block.norm), epsilon=1e-5)
    mha = block.attention
    projections = (mha.query_dense, mha.key_dense, mha.value_dense, mha.output_dense)
    return x + reference.multi_head_attention(
        h, allowed_pairs(x.shape, causal, mask), *map(weights, projections)
    )


MASKED = pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
CAUSAL = pytest.mark.parametrize("causal", [False, True], ids=["both ways", "causal"])


def sequence(rng, masked):
    """A batch of sequences, and a mask of their real positions: gaps, the first and the last."""
    mask = np.ones((4, 7), bool)
    if masked:
        mask[0, 4:] = mask[1, :3] = mask[2, [0, 3, 6]] = False
    return rng.normal(size=(4, 7, 8)), mask


@CAUSAL
@MASKED
@pytest.mark.parametrize(
    "num_heads, key_dim, dropout",
    [(1, None, 0.0), (4, None, 0.0), (2, 5, 0.0), (2, None, 0.5)],  # dropout: another path
)
def test_attention_block(rng, causal, masked, num_heads, key_dim, dropout):
    """Vaswani et al., equation 1, on the normalized input; what padding returns has no meaning."""
    x, mask = sequence(rng, masked)
    block = blocks.AttentionBlock(num_heads, key_dim, dropout=dropout, causal=causal)
    built(block, x, rng)
    y = keras.ops.convert_to_numpy(block(x, mask=mask if masked else None))
    assert_equal(y[mask], attention_half(x, block, causal, mask)[mask])


@CAUSAL
@MASKED
@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_transformer_block(rng, causal, masked, activation):
    """Xiong et al., figure 1 (b). Keras's gelu is the exact one, not the approximation by tanh."""
    x, mask = sequence(rng, masked)
    block = blocks.TransformerBlock(2, 20, activation=activation, causal=causal)
    built(block, x, rng)
    h = attention_half(x, block.attention_block, causal, mask)
    z = reference.layer_norm(h, **weights(block.norm), epsilon=1e-5)
    z = getattr(reference, activation)(reference.dense(z, **weights(block.expand)))
    y = keras.ops.convert_to_numpy(block(x, mask=mask if masked else None))
    assert_equal(y[mask], (h + reference.dense(z, **weights(block.contract)))[mask])


@MASKED
def test_transformer_block_equals_the_encoder_of_keras_hub(rng, masked):
    """The same weights in another order: both are attention, its norm, then the dense half."""
    keras_hub = pytest.importorskip("keras_hub")
    x, mask = sequence(rng, masked)
    block = built(blocks.TransformerBlock(2, 20), x, rng)
    encoder = keras_hub.layers.TransformerEncoder(20, 2, activation="gelu", normalize_first=True)
    encoder.build(x.shape)
    attention_block = block.attention_block
    for theirs, ours in [
        (encoder._self_attention_layer, attention_block.attention),
        (encoder._self_attention_layer_norm, attention_block.norm),
        (encoder._feedforward_layer_norm, block.norm),
        (encoder._feedforward_intermediate_dense, block.expand),
        (encoder._feedforward_output_dense, block.contract),
    ]:
        theirs.set_weights(ours.get_weights())
    assert encoder.count_params() == block.count_params()
    y = keras.ops.convert_to_numpy(block(x, mask=mask if masked else None))
    expected = encoder(x, padding_mask=mask if masked else None)
    assert_equal(y[mask], keras.ops.convert_to_numpy(expected)[mask])


@pytest.mark.parametrize("time", [1, 5, 7])
def test_positional_embedding(rng, time):
    x = rng.normal(size=(3, time, 4))
    block = built(blocks.PositionalEmbedding(7), x, rng)
    assert_equal(block(x), x + weights(block)["positions"][:time])


# Recurrence

CELLS = {"lstm": (reference.lstm_step, 2), "gru": (reference.gru_step, 1)}


def whole_sequence(x, mask, layer, cell):
    return reference.recurrent(*CELLS[cell], x, mask, **weights(layer))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("return_sequences", [False, True], ids=["last", "sequence"])
@MASKED
def test_recurrent_block(rng, cell, bidirectional, return_sequences, masked):
    """Two layers. A masked step returns the state before it or, read both ways, zero."""
    x, mask = sequence(rng, masked)
    block = blocks.recurrent_block(
        [5, 3], cell=cell, bidirectional=bidirectional, return_sequences=return_sequences
    )
    built(block, x, rng)
    h = x
    for layer in block.layers:
        if bidirectional:
            forward = whole_sequence(h, mask, layer.forward_layer, cell)
            backward = whole_sequence(h[:, ::-1], mask[:, ::-1], layer.backward_layer, cell)
            last = np.concatenate([forward[:, -1], backward[:, -1]], axis=-1)
            h = np.concatenate([forward, backward[:, ::-1]], axis=-1) * mask[..., None]
        else:
            h = whole_sequence(h, mask, layer, cell)
            last = h[:, -1]
    if not return_sequences:
        h = last
    assert_equal(block(x, mask=mask if masked else None), h)
