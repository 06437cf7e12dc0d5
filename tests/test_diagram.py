"""Tests of the diagrams: the flow, the shapes on the arrows, the object left as it was."""

import base64
import random
import re
import warnings
import xml.etree.ElementTree as ElementTree

import drawings
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import blocks
from blocks.teaching.diagram import diagram, svg


class Residual(layers.Layer):
    """A learner's residual block, with a projection where the filters change."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv = layers.Conv2D(filters, 3, padding="same")
        self.projection = None

    def build(self, input_shape):
        self.conv.build(input_shape)
        if input_shape[-1] != self.filters:
            self.projection = layers.Conv2D(self.filters, 1)
            self.projection.build(input_shape)

    def call(self, x):
        return ops.relu(self.conv(x) + (x if self.projection is None else self.projection(x)))


class Attention(layers.Layer):
    """Scaled dot-product attention over heads, written with operations and the live batch size."""

    def __init__(self, units, heads, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.maps = [layers.Dense(units) for _ in range(3)]

    def call(self, x):
        batch, time, _ = ops.shape(x)
        q, k, v = (
            ops.reshape(part(x), (batch, time, self.heads, part.units // self.heads))
            for part in self.maps
        )
        scores = ops.softmax(ops.einsum("bihd,bjhd->bhij", q, k) / 2.0)
        return ops.reshape(ops.einsum("bhij,bjhd->bihd", scores, v), (batch, time, -1))


class Body(layers.Layer):
    """A layer around a function, for one test each."""

    def __init__(self, body, **kwargs):
        super().__init__(**kwargs)
        self.body = body

    def build(self, input_shape):
        self.w = self.add_weight(shape=(4, 4), name="kernel")
        self._hidden = self.add_weight(shape=(4,))
        self.table = self.add_weight(shape=(9, 4))

    def call(self, x):
        return self.body(self, x)


class Two(layers.Layer):
    """A layer of two tensors that insists on being told the mode and the mask."""

    def call(self, left, right, training, mask):
        return left * right, left


class Wrapped(keras.Model):
    """A subclassed model with a block, parts in a dict and a name for each."""

    def __init__(self):
        super().__init__()
        self.parts = {"stem": layers.Dense(4), "head": layers.Dense(2)}
        self.block = keras.Sequential([layers.Dense(8, "relu"), layers.Dense(4)])

    def call(self, x):
        x = self.parts["stem"](x)
        return self.parts["head"](x + self.block(x))


def texts(drawn):
    """What is written in a drawing, in order; the drawing has to be well-formed."""
    tree = ElementTree.fromstring(drawn.svg)
    return [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]


def shapes(drawn):
    return [text for text in texts(drawn) if text.startswith("(")]


def two_inputs():
    image, table = keras.Input((8, 8, 1), name="image"), keras.Input((5,))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image))
    x = layers.Concatenate()([x, layers.Dense(3)(table)])
    outputs = [layers.Dense(10, name="digit")(x), layers.Dense(1, name="price")(x)]
    return keras.Model([image, table], outputs)


def staged(names=True):
    """A functional model of two stages of eight blocks of three layers."""
    x = start = keras.Input((8,))
    for stage in range(2):
        for block in range(8):
            prefix = f"stage{stage}_block{block}_" if names else ""
            y = layers.Dense(8, name=prefix + "dense" if names else None)(x)
            y = layers.ReLU(name=prefix + "relu" if names else None)(y)
            x = layers.Add(name=prefix + "add" if names else None)([x, y])
    return keras.Model(start, layers.Dense(2, name="head")(x), name="staged")


def test_a_sequential_is_a_column_with_a_shape_on_every_arrow():
    model = keras.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.5), layers.Dense(3)])
    drawn = diagram(model, (4,))
    assert shapes(drawn) == ["(B, 4)", "(B, 8)", "(B, 8)", "(B, 3)"]
    assert drawn.alt == (
        "Sequential: input (B, 4) → Dense 8, relu (B, 8) → Dropout 0.5 → Dense 3 (B, 3) → "
        "output (B, 3). 67 parameters."
    )
    bundle = drawn._repr_mimebundle_()
    assert bundle["text/plain"] == drawn.alt
    assert "Sequential · 67 parameters" in bundle["text/html"]


def test_a_skip_is_found_and_drawn_beside():
    drawn = diagram(Residual(4), (8, 8, 4))
    assert "conv (Conv2D 3×3, 4) → add → relu" in drawn.alt
    assert "; input also skips to add." in drawn.alt
    assert shapes(drawn) == ["(B, 8, 8, 4)"] * 5


def test_what_lies_on_a_skip_is_on_its_path():
    drawn = diagram(Residual(6), (8, 8, 4))
    assert "; from input: projection (Conv2D 1×1, 6) (B, 8, 8, 6) → add." in drawn.alt
    assert shapes(drawn).count("(B, 8, 8, 4)") == 2


def test_operations_and_the_live_batch_size():
    drawn = diagram(Attention(8, 2), (5, 6))
    for text in ("maps[0] (Dense 8)", "reshape (B, 5, 2, 4)", "softmax", "divide 2"):
        assert text in drawn.alt
    assert "(B, 2, 5, 5)" in shapes(drawn)


@pytest.mark.parametrize(
    "body, expected",
    [
        (lambda layer, x: ops.matmul(x, layer.w), "matmul w (4, 4) →"),
        (lambda layer, x: x + layer._hidden, "add weight (4,) →"),
        (lambda layer, x: x + layer.table[:3], "also slice table (9, 4), [:3] (3, 4) → add"),
        (lambda layer, x: x + np.ones((3, 4), "float32"), "add tensor (3, 4) →"),
        (lambda layer, x: 1 - x, "subtract 1, x →"),
        (lambda layer, x: x[:, 0], "slice [:, 0] (B, 4) →"),
        (lambda layer, x: x[..., None, ::2], "slice [..., None, ::2] (B, 3, 1, 2) →"),
        (lambda layer, x: ops.where(x > 0, x, 0.1), "where 0.1 →"),
        (lambda layer, x: ops.reshape(x, (-1, 4)), "reshape (-1, 4) (3B, 4) →"),
        (lambda layer, x: ops.expand_dims(ops.sum(x), 0), "sum () → expand_dims axis 0 (1,) →"),
        (
            lambda layer, x: ops.concatenate([x, ops.cast(x, x.dtype)]),
            "concatenate (2B, 3, 4)",
        ),
        (lambda layer, x: ops.cast(x, "float16"), "cast →"),
        (lambda layer, x: ops.stack(ops.split(x, 3, axis=1)), "split indices_or_sections 3, axis"),
        (lambda layer, x: ops.mean(x, axis=(1, 2)), "mean axis (1, 2) (B,) →"),
    ],
)
def test_what_an_operation_is_called_with(body, expected):
    assert expected in diagram(Body(body), (3, 4)).alt


def test_weights_that_a_call_takes_apart():
    drawn = diagram(blocks.PositionalEmbedding(9), (3, 4))
    assert "also slice positions (9, 4), [:3] (3, 4) → add." in drawn.alt
    assert "36 parameters" in texts(drawn)


@pytest.mark.parametrize(
    "layer, shape, expected",
    [
        (layers.Conv2D(8, (3, 1), strides=2), (9, 9, 3), "Conv2D 3×1, 8, stride 2"),
        (layers.Conv1D(8, 3, dilation_rate=2, use_bias=False), (9, 3), "Conv1D 3, 8, dilation 2"),
        (layers.MaxPooling2D(), (8, 8, 1), "MaxPooling2D 2×2 "),
        (layers.AveragePooling2D(3, 2), (8, 8, 1), "AveragePooling2D 3×3, stride 2"),
        (layers.MaxPooling2D((3, 3), (2, 1)), (8, 8, 1), "MaxPooling2D 3×3, stride (2, 1)"),
        (layers.UpSampling2D(interpolation="bilinear"), (4, 4, 1), "UpSampling2D 2×2, bilinear"),
        (layers.LSTM(4, return_sequences=True), (5, 2), "LSTM 4, return_sequences (B, 5, 4)"),
        (layers.Bidirectional(layers.GRU(4)), (5, 2), "Bidirectional GRU 4 (B, 8)"),
        (layers.Dense(3, activation="linear"), (4,), "Dense 3 (B, 3)"),
        (layers.BatchNormalization(center=False), (4,), "BatchNormalization no center"),
        (layers.BatchNormalization(axis=1), (4, 5), "BatchNormalization axis -2"),
        (layers.LayerNormalization(axis=(1, 2)), (4, 5), "LayerNormalization axis (-2, -1)"),
        (layers.LayerNormalization(), (4, 5), "LayerNormalization →"),
        (layers.Activation("linear"), (4,), "linear →"),
        (layers.Activation("relu", name="gate"), (4,), "gate (relu) →"),
        (layers.Reshape((2, 2)), (4,), "Reshape (2, 2) (B, 2, 2)"),
        (layers.Embedding(9, 4), (5,), "Embedding input_dim 9, output_dim 4 (B, 5, 4)"),
        (layers.Rescaling(1 / 255), (4,), "Rescaling scale 0.00392"),
        (layers.Softmax(), (4,), "Softmax →"),
    ],
)
def test_essential_settings(layer, shape, expected):
    assert expected in diagram(layer, shape).alt


def test_settings_of_a_layer_that_keeps_to_no_custom():
    class Odd(layers.Layer):
        def __init__(self, axis, strides=None, depth=2, *, flip=True, **kwargs):
            super().__init__(**kwargs)
            self.axis, self.strides, self.depth, self.flip = axis, strides, depth, flip

        def call(self, x):
            return x

    assert "Odd axis time, no flip →" in diagram(Odd("time", flip=False), (3,)).alt
    assert "Odd axis -1, depth 3 →" in diagram(Odd(1, depth=3), (3,)).alt


def test_what_is_too_wide_for_a_phone_can_be_scrolled_with_the_keyboard():
    start = keras.Input((4, 4, 8), name="start")
    branches = [layers.Conv2D(8, 1, name=f"branch{i}")(start) for i in range(4)]
    wide = diagram(keras.Model(start, layers.Concatenate()(branches)))
    assert ' tabindex="0" ' in wide._repr_mimebundle_()["text/html"]
    assert " tabindex" not in diagram(Residual(6), (8, 8, 4))._repr_mimebundle_()["text/html"]


def test_a_layer_of_keras_is_closed_until_it_is_opened():
    layer = layers.MultiHeadAttention(2, 4)
    closed = diagram(layer, [(5, 8), (6, 8)])
    assert "query (B, 5, 8) → MultiHeadAttention 2 heads, key_dim 4 → output" in closed.alt
    assert "also value (B, 6, 8) → MultiHeadAttention" in closed.alt
    assert "dot_product_attention" in diagram(layer, [(5, 8), (6, 8)], opened=True).alt
    by_name = diagram(layer, {"query": (5, 8), "value": (6, 8)})
    assert by_name.svg == closed.svg


def test_each_direction_of_a_bidirectional_layer():
    alt = diagram(layers.Bidirectional(layers.LSTM(4)), (5, 2), opened=True).alt
    assert "forward (LSTM 4)" in alt
    assert "backward (LSTM 4, go_backwards)" in alt


def test_two_inputs_and_two_outputs():
    drawn = diagram(two_inputs())
    assert "Model: image (B, 8, 8, 1) → Conv2D 3×3, 4" in drawn.alt
    assert "; also input 2 (B, 5) → Dense 3 (B, 3) → Concatenate; " in drawn.alt
    assert "digit (Dense 10) (B, 10) → output 1 (B, 10)" in drawn.alt
    assert "from Concatenate: price (Dense 1) (B, 1) → output 2 (B, 1)" in drawn.alt
    assert "input also skips" not in drawn.alt


def test_a_functional_model_at_another_shape():
    start = keras.Input((None, None, 3))
    model = keras.Model(start, layers.GlobalMaxPooling2D()(layers.Conv2D(2, 3)(start)))
    assert "(B, ?, ?, 3)" in shapes(diagram(model))
    assert "(B, 6, 8, 2)" in shapes(diagram(model, (8, 10, 3)))


def test_shared_layers_count_once():
    encoder = keras.Sequential([layers.Embedding(10, 4), layers.LSTM(2)], name="encoder")
    start = [keras.Input((6,)), keras.Input((6,))]
    model = keras.Model(start, layers.Subtract()([encoder(x) for x in start]))
    drawn = diagram(model, opened="encoder")
    assert texts(drawn).count("encoder") == 2
    assert "parameters, shared" in " ".join(texts(drawn))
    assert "the same weights" in texts(drawn)
    assert texts(drawn).count("LSTM") == 2
    assert drawn.alt.endswith(f"{model.count_params()} parameters.")


def test_nested_blocks_open_by_name_and_all_at_once():
    model = Wrapped()
    closed = diagram(model, (3,))
    assert "parts[stem] (Dense 4)" in closed.alt
    assert "block (Sequential of 2 layers)" in closed.alt
    opened = diagram(model, (3,), opened=("block",))
    assert "[inside: input (B, 4) → Dense 8, relu (B, 8) → Dense 4 (B, 4)" in opened.alt
    assert diagram(model, (3,), opened=True).svg == opened.svg
    assert len(shapes(opened)) == len(shapes(closed)) + 2  # what leaves the frame is said once
    assert "matmul kernel (3, 4)" in diagram(model, (3,), opened=("parts[stem]",)).alt


def test_a_leaf_that_cannot_be_opened_stays_closed():
    model = keras.Sequential([layers.LSTM(3, name="memory")])
    assert diagram(model, (4, 2), opened=("memory",)).svg == diagram(model, (4, 2)).svg


def test_a_call_that_cannot_be_followed_is_one_box():
    drawn = diagram(Body(lambda layer, x: tf.nn.relu(x)), (3, 4))
    assert "input (B, 3, 4) → Body → output (B, 3, 4)" in drawn.alt


def test_a_call_that_does_nothing_is_one_box():
    assert "→ Body →" in diagram(Body(lambda layer, x: x), (3, 4)).alt
    assert "→ Body →" in diagram(Body(lambda layer, x: ops.cast(x, "float32")), (3, 4)).alt


def test_a_call_that_wants_integers():
    drawn = diagram(Body(lambda layer, x: ops.one_hot(x, 5)), (3,))
    assert "one_hot num_classes 5 (B, 3, 5)" in drawn.alt


def test_several_arguments_and_an_input_that_is_an_output():
    drawn = diagram(Two(), [(3,), (3,)])
    assert "left (B, 3) → multiply → output 1 (B, 3)" in drawn.alt
    assert "; also right (B, 3) → multiply" in drawn.alt
    assert "; from left: output 2 (B, 3)" in drawn.alt


def test_inputs_in_a_dict_and_one_that_is_not_used():
    drawn = diagram(Body(lambda layer, x: x["a"] * 2), {"a": (3,), "b": (4,)})
    assert "a (B, 3) → multiply 2" in drawn.alt
    assert drawn.alt.endswith("; also b. 56 parameters.")


def test_two_tensors_from_one_layer_share_an_arrow():
    class Steps(layers.Layer):
        def __init__(self):
            super().__init__()
            self.cell = layers.LSTMCell(4)

        def call(self, x):
            states = [ops.zeros((ops.shape(x)[0], 4))] * 2
            for i in range(3):
                y, states = self.cell(x[:, i], states)
            return y, states[1]

    drawn = diagram(Steps(), (3, 5))
    assert texts(drawn).count("2 × (B, 4)") == 2
    assert drawn.alt.count("cell (LSTMCell 4)") == 3


def test_masks_that_keras_hands_on_are_not_drawn():
    model = keras.Sequential([layers.Embedding(9, 4, mask_zero=True), layers.LSTM(3)])
    assert "not_equal" not in diagram(model, (5,)).alt


def test_an_object_that_is_built_needs_no_shape():
    block = Residual(4)
    block(np.zeros((1, 8, 8, 4)))
    assert diagram(block).svg == diagram(Residual(4), (8, 8, 4)).svg
    attention = layers.MultiHeadAttention(2, 4)
    attention(np.zeros((1, 5, 8)), np.zeros((1, 6, 8)))
    assert diagram(attention).svg == diagram(attention, [(5, 8), (6, 8)]).svg
    merge = layers.Add()
    merge([np.zeros((1, 3)), np.zeros((1, 3))])
    assert "inputs 1 (B, 3) → Add → output (B, 3); also inputs 2" in diagram(merge).alt


def test_a_long_graph_is_folded_by_the_names_of_its_layers():
    model = staged()
    closed = diagram(model)
    assert "input (B, 8) → stage0 (8 blocks, 24 layers) → stage1 (8 blocks" in closed.alt
    one = diagram(model, opened="stage1_block2")
    assert "stage1_block1 (3 layers) → stage1_block2 (3 layers) [inside: input" in one.alt
    assert "dense (Dense 8) → relu (ReLU) → add (Add) → output" in one.alt
    assert "input also skips to add" in one.alt
    assert "stage0_block1" not in one.alt
    assert "dense (Dense 8)" not in diagram(model, opened=True).alt
    with pytest.raises(ValueError, match="others are: stage0, stage0_block0, stage0_block1, "):
        diagram(model, opened="stage")


def test_a_long_graph_without_names_is_folded_by_what_repeats():
    drawn = diagram(staged(names=False))
    assert "input (B, 8) → 16 × Dense, ReLU, Add 48 layers → head (Dense 2) (B, 2)" in drawn.alt
    assert "1,152 parameters" in texts(drawn)
    opened = diagram(staged(names=False), opened="group")
    assert texts(opened).count("ReLU") == 16
    plain = keras.Sequential([layers.Dense(8, "relu") for _ in range(30)])
    assert "→ 30 × Dense 8, relu →" in diagram(plain, (8,)).alt


def test_a_long_graph_of_nothing_alike_is_drawn_as_it_is():
    model = keras.Sequential([layers.Dense(1 + i) for i in range(22)])
    assert texts(diagram(model, (4,))).count("Dense") == 22


def test_a_long_graph_is_folded_where_it_branches():
    x = start = keras.Input((4,))
    for i in range(7):
        branches = [layers.Dense(i + 1)(x), layers.Dense(3)(layers.Dense(2)(x))]
        x = layers.Concatenate(name=f"mix{i}" if i else None)(branches)
    model = keras.Model(start, layers.Dense(2)(x))
    drawn = diagram(model)
    assert "Model: input (B, 4) → block 4 layers → mix1 (4 layers) (B, 5) → mix2" in drawn.alt
    opened = diagram(model, opened=["group", "mix6"])
    assert "block 4 layers [inside: input (B, 4) → Dense 2 (B, 2) → Dense 3" in opened.alt
    assert "mix6 (Concatenate) (B, 10) → output" in opened.alt


@pytest.fixture(scope="module")
def resnet():
    return keras.applications.ResNet50(weights=None)


def test_resnet_closed_and_with_a_stage_open(resnet):
    closed = diagram(resnet)
    assert closed.alt == (
        "resnet50: input (B, 224, 224, 3) → conv1 (4 layers) (B, 112, 112, 64) → "
        "pool1 (2 layers) (B, 56, 56, 64) → conv2 (3 blocks, 32 layers) (B, 56, 56, 256) → "
        "conv3 (4 blocks, 42 layers) (B, 28, 28, 512) → "
        "conv4 (6 blocks, 62 layers) (B, 14, 14, 1024) → "
        "conv5 (3 blocks, 32 layers) (B, 7, 7, 2048) → "
        "avg_pool (GlobalAveragePooling2D) (B, 2048) → "
        "predictions (Dense 1000, softmax) (B, 1000) → output (B, 1000). 25,636,712 parameters."
    )
    opened = diagram(resnet, opened=("conv2_block1",))
    assert "conv2_block1 (12 layers) (B, 56, 56, 256) [inside: " in opened.alt
    assert "from input: 0_conv (Conv2D 1×1, 256) (B, 56, 56, 256) → 0_bn" in opened.alt
    assert "conv2_block2 (10 layers)" in opened.alt
    assert "conv2_block1" in diagram(resnet, opened=("conv2",)).alt
    assert set(re.findall(r"\(([\d,]+) layers\)", diagram(resnet, opened=True).alt)) >= {"12", "10"}


BLOCKS = [
    (lambda: blocks.dense_block([8, 4]), (6,)),
    (lambda: blocks.conv_block(4), (8, 8, 3)),
    (lambda: blocks.batch_norm_block(layers.Dense(4)), (6,)),
    (lambda: blocks.layer_norm_block(layers.Dense(4)), (6,)),
    (lambda: blocks.recurrent_block(4, bidirectional=True), (5, 3)),
    (lambda: blocks.pooling_block(), (8, 8, 3)),
    (lambda: blocks.downsampling_block(4, method="blur"), (8, 8, 3)),
    (lambda: blocks.upsampling_block(4), (8, 8, 3)),
    (lambda: blocks.ResidualBlock(4, strides=2), (8, 8, 3)),
    (lambda: blocks.BottleneckBlock(4), (8, 8, 16)),
    (lambda: blocks.SkipConnection(layers.Dense(3), merge="concat"), (3,)),
    (lambda: blocks.AttentionBlock(2, causal=True), (5, 8)),
    (lambda: blocks.TransformerBlock(2, 16), (None, 8)),
    (lambda: blocks.PositionalEmbedding(9), (5, 8)),
    (lambda: blocks.SqueezeExcitation(4), (8, 8, 16)),
    (lambda: blocks.StochasticDepth(0.2), (8, 8, 3)),
]


@pytest.mark.parametrize("make, shape", BLOCKS)
@pytest.mark.parametrize("opened", [(), True])
def test_every_block_is_drawn_and_is_the_same_whatever_was_made_before(make, shape, opened):
    first = diagram(make(), shape, opened=opened)
    for _ in range(3):
        make().build((1, *shape))
        layers.Dense(1), layers.ReLU(), keras.Sequential([layers.Conv2D(1, 1)])
    again = diagram(make(), shape, opened=opened)
    assert again.svg == first.svg
    assert again.alt == first.alt
    built = make()
    built.build((None, *shape))
    assert diagram(built, shape, opened=opened).svg == first.svg
    assert first.alt.endswith(f" {built.count_params():,} parameters.")


def test_the_name_of_a_block_is_not_numbered():
    drawn = [diagram(blocks.dense_block(4), (3,)) for _ in range(2)]
    assert [d.caption for d in drawn] == ["dense_block · 16 parameters"] * 2


def state(layer):
    """All that a layer and its parts hold, but for the objects themselves."""
    parts = [layer, *layer._flatten_layers(include_self=False)]
    return [
        {name: list(value) if isinstance(value, list) else id(value) for name, value in held}
        for held in (sorted(vars(part).items()) for part in parts)
    ]


@pytest.mark.parametrize("make, shape", BLOCKS)
def test_an_object_that_is_not_built_is_left_as_it_was(make, shape):
    block, name = make(), layers.Dense(1).name
    before, numbers = state(block), random.getstate()
    diagram(block, shape, opened=True)
    assert state(block) == before
    assert random.getstate() == numbers
    assert int(layers.Dense(1).name.split("_")[1]) == int(f"{name}_0".split("_")[1]) + 1
    keras.utils.set_random_seed(3)
    drawn = make()
    diagram(drawn, shape)
    sizes = [1, *(5 if size is None else size for size in shape)]
    x = np.random.default_rng(0).normal(size=sizes).astype("float32")
    result = drawn(x)
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(result, make()(x))


def test_an_object_that_is_built_is_left_as_it_was():
    model = two_inputs()
    x = [np.ones((2, 8, 8, 1)), np.ones((2, 5))]
    result = model(x)
    before = state(model)
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    diagram(model, [(8, 8, 1), (5,)], opened=("conv2d",))
    assert state(model) == before
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    for one, other in zip(result, model(x)):
        np.testing.assert_array_equal(one, other)


def test_a_drawing_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagram(Attention(8, 2), (5, 6))  # it has no `build`, of which Keras would warn


def test_state_that_a_call_changes_is_not_changed():
    class Counter(layers.Layer):
        def build(self, input_shape):
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x):
            self.calls.assign_add(1.0)
            return x * 2

    counter = Counter()
    counter(np.ones((1, 2)))
    diagram(counter)
    assert float(counter.calls) == 1


def test_it_stands_in_a_page_by_itself():
    drawn = diagram(Residual(6), (8, 8, 4)).svg
    assert not re.search(r"<script|<style|\bid=|\burl\(|https?://(?!www\.w3\.org/2000/svg)", drawn)
    assert re.search(r'^<svg [^>]*role="img" aria-label="Residual: input ', drawn)
    colors = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn)) - {"none", "currentColor"}
    assert colors <= {*svg.COLORS.values(), svg.GREY}


def test_a_notebook_has_it_as_an_image_and_a_page_as_the_drawing_itself():
    drawn = diagram(Residual(6), (8, 8, 4))
    html = drawn._repr_mimebundle_()["text/html"]
    assert "<svg" not in html
    (image,) = re.findall(r"<img [^>]*>", html)
    assert f'alt="{drawn.alt}"' in image
    alone = base64.b64decode(re.search(r"base64,([^\"]+)", image)[1]).decode()
    assert re.sub(r"<style>svg:root{color:#\w{6}}</style>", "", alone) == drawn.svg != alone
    page = {"body": f"<p>before</p>{html}<p>after</p>"}
    drawings.inline(None, "page", "page.html", page, None)
    assert page["body"] == f"<p>before</p>{html.replace(image, alone)}<p>after</p>"
    assert drawings.inline(None, "search", "search.html", {}, None) is None


def luminance(color):
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


@pytest.mark.parametrize("page", ["#ffffff", "#14181e"])
def test_outlines_can_be_seen_on_light_and_on_dark_pages(page):
    for color in [*svg.COLORS.values(), svg.GREY]:
        low, high = sorted([luminance(color), luminance(page)])
        assert (high + 0.05) / (low + 0.05) >= 3, color


def test_lines_that_would_cross_go_to_the_left():
    x = start = keras.Input((4,))
    steps = [x := layers.Dense(4)(x) for _ in range(5)]
    one = layers.Add()([steps[2], start])
    two = layers.Add()([layers.Dense(4)(one), steps[0]])
    drawn = diagram(keras.Model(start, layers.Dense(4)(layers.Add()([two, steps[4]]))))
    assert 'text-anchor="end" font-family' in drawn.svg


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(block_or_model=Residual(4)), "`input_shape`, without the batch.*=None$"),
        (dict(block_or_model=Residual), "`block_or_model` to be a Keras layer.*Residual'>$"),
        (dict(block_or_model=Residual(4), input_shape=8), "`input_shape` to be a tuple.*=8$"),
        (
            dict(block_or_model=Wrapped(), input_shape=(3,), opened=("blok",)),
            r"others are: block\. Received: opened=\('blok',\)$",
        ),
        (
            dict(block_or_model=Residual(4), input_shape=(8, 8, 4), opened="inner"),
            r"others are: none\. Received: opened=\('inner',\)$",
        ),
        (
            dict(block_or_model=Body(lambda layer, x: None), input_shape=(3,)),
            "`block_or_model` whose call returns a tensor. Received: block_or_model=<Body",
        ),
    ],
)
def test_errors_say_what_was_expected(arguments, message):
    with pytest.raises(ValueError, match=message):
        diagram(**arguments)


def test_an_error_of_the_block_is_its_own():
    with pytest.raises(ValueError, match=r"\(None, 8\)"):
        diagram(blocks.ResidualBlock(4), (8,))
