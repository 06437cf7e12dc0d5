"""Promises about what a block is made from: its config, its weights, the file that keeps both."""

import inspect
import json
import tempfile
import warnings
from pathlib import Path

import keras
from keras import layers

from blocks.teaching.check._contract._case import (
    as_array,
    equal,
    numbers,
    promise,
    randomize,
    same,
    trained,
)
from blocks.teaching.check._frame import NotYet, expect

# Arguments that Keras keeps as objects: by the last word of their names
OBJECTS = {
    "activation": keras.activations,
    "constraint": keras.constraints,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
}
# Arguments that Keras itself takes for every layer
OF_EVERY_LAYER = {"activity_regularizer", "autocast", "dtype", "name", "trainable"}


def signature(block):
    """The parameters of a function, or of a class's `__init__` without `self`.

    Asked of the class, `inspect` answers with the `__new__` that Keras gives every layer: always
    where `__init__` is Keras's own, and before Python 3.11.4 where it is inherited at all.
    """
    if not inspect.isclass(block):
        return inspect.signature(block).parameters
    _, *found = inspect.signature(block.__init__).parameters.items()
    return dict(found)


def parameters(block):
    """The arguments of a block, without Keras's own that a layer passes on."""
    own = {} if block.__init__ is layers.Layer.__init__ else signature(block)
    return {name: p for name, p in own.items() if p.kind is not p.VAR_KEYWORD}


def keeps_every_argument(block, given):
    """Every constructor argument of a layer is an attribute and in the config, and no other is.

    Args:
        block: the class.
        given: every argument of its constructor, with a value that is not its default.
    """
    expected = parameters(block)
    unknown = [name for name in given if name not in expected]
    expect(not unknown, f"`init_kwargs` has {unknown}, which `__init__` does not name.")
    for name, parameter in expected.items():
        expect(
            name in given and given[name] != parameter.default,
            f"Give `init_kwargs` a value for `{name}` that is not its default. Only then does a "
            "config that leaves it out show.",
        )
    takes_more = any(p.kind is p.VAR_KEYWORD for p in signature(block).values())
    expect(
        takes_more,
        "`__init__` takes no **kwargs, so that nobody can give the block a name or a dtype. End "
        "its arguments with **kwargs and begin it with super().__init__(**kwargs).",
    )
    made = block(**given)
    try:
        config = made.get_config()
    except NotImplementedError as error:
        raise NotYet(
            "✗ Not yet. There is no `get_config`, and Keras cannot write it for you where an "
            "argument is neither a number nor a string. Return {**super().get_config(), ...} with "
            f"each of {list(given)}."
        ) from error
    missing = [name for name in ("name", "trainable", "dtype", *given) if name not in config]
    expect(
        not missing,
        f"The config has no {', '.join(map(repr, missing))}. What is not in it comes back from a "
        "file as its default, without a word. Return {**super().get_config(), ...} with every "
        "argument of `__init__`.",
    )
    extra = sorted(set(config) - OF_EVERY_LAYER - set(given))
    expect(not extra, f"The config has {extra}, which `__init__` does not take.")
    for name, value in given.items():
        _keeps(made, config, name, value)
    expect(
        as_text(block.from_config(config)) == as_text(made),
        "A block made from the config has another config. Each value in it should be what "
        "`__init__` was given under that name.",
    )


def _keeps(made, config, name, value):
    expect(
        hasattr(made, name),
        f"There is no attribute `{name}`. Keep every argument under its own name: "
        f"self.{name} = {name}.",
    )
    own = getattr(made, name)
    expect(
        _written(name, own) == _written(name, value),
        f"The attribute `{name}` is {own!r}, and {value!r} was given.",
    )
    expect(
        config[name] == _written(name, value),
        f"The config says {name}={config[name]!r}, and {value!r} was given. Under each name it "
        "holds what `__init__` was given, with activations, initializers and layers serialized.",
    )


def _written(name, value):
    """A value as a config writes it."""
    for word, kind in OBJECTS.items():
        if name.endswith(word):
            return kind.serialize(kind.get(value))
    if isinstance(value, layers.Layer):
        return keras.saving.serialize_keras_object(value)
    return value


def as_text(block):
    return json.dumps(block.get_config(), sort_keys=True)


@promise(
    "The config, written as JSON and read back, makes the same block.",
    hint="Is the class registered (@keras.saving.register_keras_serializable(package=...)), and "
    "does `get_config` return plain values: numbers, strings, lists, serialized objects?",
)
def config_round_trip(case):
    block, _, _ = trained(case)
    again = type(block).from_config(block.get_config())
    saved = json.dumps(keras.saving.serialize_keras_object(block))
    loaded = keras.saving.deserialize_keras_object(json.loads(saved))
    for twin in (again, loaded):
        expect(
            as_text(twin) == as_text(block),
            "The config does not make the block again: made from it, a block has another config.",
        )


@promise(
    "`build` makes every weight, so that a file finds a place for each.",
    hint="`build` gets a shape whose batch is None.",
)
def build_makes_every_weight(case):
    block = case.make()
    block.build((None, *case.input_shape[1:]))
    after_build = len(block.weights)
    block(numbers(case.input_shape))
    expect(
        len(block.weights) == after_build,
        f"After `build` the block has {after_build} weights, after its first call "
        f"{len(block.weights)}. Loaded inside a subclassed model, those that came late keep random "
        "values, silently. Build every child in `build`, each for the shape that it gets.",
    )


@keras.saving.register_keras_serializable(package="blocks.teaching")
class Parent(keras.Model):
    """A subclassed model that builds its block itself."""

    def __init__(self, block, **kwargs):
        super().__init__(**kwargs)
        self.block = block

    def build(self, input_shape):
        if not self.block.built:
            self.block.build(input_shape)

    def call(self, inputs):
        return self.block(inputs)

    def get_config(self):
        block = keras.saving.serialize_keras_object(self.block)
        return {**super().get_config(), "block": block}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "block": keras.saving.deserialize_keras_object(config["block"])})


def functional(block, shape):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs))


PARENTS = {
    "a Sequential": lambda block, shape: keras.Sequential([keras.Input(shape), block]),
    "a functional model": functional,
    "a subclassed model": lambda block, shape: Parent(block),
}


@promise(
    "Saved and loaded inside a Sequential, a functional and a subclassed model, it is the same.",
    hint="A saved block is made anew from its config, built, and then given its weights. Is the "
    "class registered, does the config hold every argument, does `build` make every weight?",
)
def save_and_load(case):
    for parent, make in PARENTS.items():
        model = make(case.make(), case.input_shape[1:])
        model.build((None, *case.input_shape[1:]))
        randomize(model)
        x = numbers(case.input_shape)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            model.save(path)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                loaded = keras.saving.load_model(path)
        for weight, expected in zip(loaded.weights, model.weights, strict=True):
            expect(
                same(weight, expected),
                f"Loaded inside {parent}, {weight.path} has other values than were saved.",
            )
        expect(
            equal(loaded(x), model(x), 1e-6),
            f"Loaded inside {parent}, with the same weights, it returns other values. An argument "
            "is missing from the config, or something random is part of an untrained constant.",
        )
        expect(as_text(loaded) == as_text(model), f"Loaded inside {parent}, its config differs.")


@promise(
    "No two kernels start with the same values.",
    hint="The block cannot be built.",
)
def weights_start_apart(case):
    block = case.make()
    block.build(case.input_shape)
    kernels = [w for w in block.weights if "kernel" in w.path or "positions" in w.path]
    for i, one in enumerate(kernels):
        for other in kernels[:i]:
            expect(
                one.shape != other.shape or not same(as_array(one), as_array(other)),
                f"{one.path} and {other.path} start with the same values: they share one "
                "initializer object. Give each layer the initializer's name, or an object of its "
                "own.",
            )
