"""Answers to the exercises of the chapter on the functional API: right ones and wrong ones."""

import keras
from keras import layers, ops


def two_heads(units):
    pixels = keras.Input((64,))
    h = layers.Dense(units, activation="relu")(pixels)
    return keras.Model(pixels, {"digit": layers.Dense(10)(h), "odd": layers.Dense(1)(h)})


def heads(hidden="relu", digit=None, odd=None, keys=("digit", "odd"), units=(10, 1), depth=1):
    """A `two_heads` with something done another way."""

    def two_heads(size):
        pixels = h = keras.Input((64,))
        for _ in range(depth):
            h = layers.Dense(size, activation=hidden)(h)
        outputs = [
            layers.Dense(n, activation=a)(h) for n, a in zip(units, (digit, odd), strict=True)
        ]
        return keras.Model(pixels, dict(zip(keys, outputs, strict=True)) if keys else outputs)

    return two_heads


def two_trunks(units):
    pixels = keras.Input((64,))
    trunks = [layers.Dense(units, activation="relu")(pixels) for _ in range(2)]
    outputs = {"digit": layers.Dense(10)(trunks[0]), "odd": layers.Dense(1)(trunks[1])}
    return keras.Model(pixels, outputs)


def two_heads_in_steps(units):
    pixels = keras.Input((64,), name="pixels")
    h = ops.relu(layers.Dense(units)(pixels))
    odd = layers.Dense(1, name="odd")(h)
    digit = layers.Dense(10, name="digit")(h)
    return keras.Model(inputs=[pixels], outputs={"odd": odd, "digit": digit})


def features(model, name):
    return keras.Model(model.input, model.get_layer(name).output)


def features_by_calling(model, name):
    x = h = keras.Input(model.input_shape[1:])
    for layer in model.layers[1:]:
        h = layer(h)
        if layer.name == name:
            return keras.Model(x, h)


def features_of_a_list(model, name):
    return keras.Model(model.inputs, model.get_layer(name).output)


def copied_features(model, name):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return features(copy, name)


def pair(size):
    return keras.Input((size,)), keras.Input((size,))


def distance(encoder, size):
    a, b = pair(size)
    return keras.Model([a, b], ops.sum(ops.abs(encoder(a) - encoder(b)), axis=-1))


def distance_by_layers(encoder, size):
    a, b = pair(size)
    gap = layers.Subtract()([encoder(a), encoder(b)])
    return keras.Model([a, b], ops.norm(gap, ord=1, axis=-1))


def measured(measure):
    """A `distance` that measures in its own way."""

    def distance(encoder, size):
        a, b = pair(size)
        return keras.Model([a, b], measure(encoder(a) - encoder(b)))

    return distance


def distance_to_itself(encoder, size):
    a, b = pair(size)
    return keras.Model([a, b], ops.sum(ops.abs(encoder(a) - encoder(a)), axis=-1))


def distance_of_copies(encoder, size, name="copy"):
    a, b = pair(size)
    copy = keras.models.clone_model(encoder)
    copy.name = name
    return keras.Model([a, b], ops.sum(ops.abs(encoder(a) - copy(b)), axis=-1))


def distance_of_pixels(encoder, size):
    a, b = pair(size)
    unused = 0 * ops.sum(encoder(a), axis=-1)
    return keras.Model([a, b], ops.sum(ops.abs(a - b), axis=-1) + unused)


def distance_of_one_input(encoder, size):
    a = keras.Input((size,))
    return keras.Model(a, ops.sum(ops.abs(encoder(a)), axis=-1))


def refine(steps, units):
    inputs = h = keras.Input((units,))
    layer = layers.Dense(units, activation="tanh")
    for _ in range(steps):
        h = h + layer(h)
    return keras.Model(inputs, h)


def refine_by_layers(steps, units):
    start = keras.Input((units,))
    dense, add, h = layers.Dense(units), layers.Add(), start
    for _ in range(steps):
        h = add([h, ops.tanh(dense(h))])
    return keras.Model(start, h)


def stepped(
    step=lambda h, layer, start: h + layer(h), activation="tanh", count=lambda steps: steps
):
    """A `refine` with its own step."""

    def refine(steps, units):
        start = h = keras.Input((units,))
        layer = layers.Dense(units, activation=activation)
        for _ in range(count(steps)):
            h = step(h, layer, start)
        return keras.Model(start, h)

    return refine


def refine_with_new_layers(steps, units):
    inputs = h = keras.Input((units,))
    for _ in range(steps):
        h = h + layers.Dense(units, activation="tanh")(h)
    return keras.Model(inputs, h)


def refine_with_two_layers(steps, units):
    inputs = h = keras.Input((units,))
    pair = [layers.Dense(units, activation="tanh") for _ in range(2)]
    for i in range(steps):
        h = h + pair[i % 2](h)
    return keras.Model(inputs, h)


def refine_three_steps(steps, units):
    return refine(3, units) if steps == 3 else refine_with_new_layers(steps, units)


SOLUTIONS = {
    "two_heads": two_heads,
    "features": features,
    "distance": distance,
    "refine": refine,
}

ALSO_RIGHT = [
    ("two_heads", two_heads_in_steps),
    ("features", features_by_calling),
    ("features", features_of_a_list),
    ("distance", distance_by_layers),
    ("refine", refine_by_layers),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("two_heads", lambda units: keras.Sequential([layers.Dense(units)]), "functional model"),
    ("two_heads", heads(keys=None), "a dictionary"),
    ("two_heads", heads(keys=("digit", "parity")), 'keys "digit" and "odd"'),
    ("two_heads", heads(units=(10, 2)), "The shape of"),
    ("two_heads", two_trunks, "two hidden layers"),
    ("two_heads", heads(depth=2), "one hidden layer"),
    ("two_heads", heads(hidden=None), "no ReLU"),
    ("two_heads", heads(digit="softmax"), "a softmax"),
    ("two_heads", heads(odd="sigmoid"), "a sigmoid"),
    ("two_heads", heads(odd="relu"), "cuts the logits"),
    ("features", lambda model, name: model.get_layer(name).output, "symbolic tensor"),
    ("features", lambda model, name: model.get_layer(name), "layer alone"),
    ("features", lambda model, name: lambda x: x, "functional model"),
    (
        "features",
        lambda model, name: keras.Model(model.input, model.get_layer(name).input),
        "the layer's input",
    ),
    ("features", lambda model, name: model, "whole model"),
    ("features", lambda model, name: features(model, "second"), "argument `name`"),
    ("features", copied_features, "a copy"),
    ("features", lambda model, name: features(keras.models.clone_model(model), name), "returns"),
    ("distance", distance_of_one_input, "number of inputs is 1"),
    ("distance", lambda encoder, size: distance(encoder, size + 1), "stops with ValueError"),
    ("distance", distance_to_itself, "0 for any two"),
    ("distance", lambda encoder, size: distance_of_copies(encoder, size), "no copy"),
    (
        "distance",
        lambda encoder, size: distance_of_copies(encoder, size, encoder.name),
        "two encoders",
    ),
    ("distance", distance_of_pixels, "the pixels' differences"),
    ("distance", measured(lambda gap: ops.sum(gap, axis=-1)), "differences cancel"),
    ("distance", measured(lambda gap: ops.abs(ops.sum(gap, axis=-1))), "before the sum"),
    ("distance", measured(ops.abs), "sum over the features"),
    ("distance", measured(lambda gap: ops.mean(ops.abs(gap), axis=-1)), "the mean"),
    ("distance", measured(lambda gap: ops.sum(gap**2, axis=-1)), "squares"),
    ("distance", measured(lambda gap: ops.norm(gap, axis=-1)), "Euclidean"),
    ("distance", measured(lambda gap: ops.sum(ops.abs(gap))), "over the batch"),
    (
        "distance",
        measured(lambda gap: ops.sum(ops.abs(gap), axis=-1, keepdims=True)),
        "keepdims",
    ),
    ("refine", lambda steps, units: layers.Dense(units), "functional model"),
    ("refine", refine_with_new_layers, "layer of its own"),
    ("refine", refine_with_two_layers, "There should be 2"),
    ("refine", refine_three_steps, "must not depend"),
    ("refine", stepped(count=lambda steps: 3), "whatever `steps` says"),
    ("refine", stepped(lambda h, layer, start: layer(h)), "skip is missing"),
    ("refine", stepped(lambda h, layer, start: start + layer(start)), "hand h on"),
    ("refine", stepped(count=lambda steps: steps - 1), "too few"),
    ("refine", stepped(count=lambda steps: steps + 1), "too many"),
    ("refine", stepped(activation=None), "tanh is missing"),
    ("refine", stepped(activation="relu"), "The task says tanh"),
    (
        "refine",
        stepped(lambda h, layer, start: ops.tanh(h + layer(h)), activation=None),
        "around the tanh",
    ),
    ("refine", stepped(lambda h, layer, start: start + layer(h)), "first input"),
]
