"""Promises about shapes: what comes out, for sizes that are odd, unknown, or new."""

import keras
from keras.src import backend

from blocks.teaching.check._contract._case import (
    equal,
    numbers,
    promise,
    randomize,
    trained,
)
from blocks.teaching.check._frame import NotYet, expect


@promise(
    "The shape of the result is what `compute_output_shape` says, before and after building.",
    hint="`call` runs here on a small batch, after `build` with a batch of None.",
)
def output_shape(case):
    block, _, y = trained(case)
    if case.output_shape is not None:
        expect(
            y.shape == case.output_shape,
            f"An input of shape {case.input_shape} gives {y.shape}, it should give "
            f"{case.output_shape}.",
        )
    for made, when in ((block, "the built block"), (case.make(), "a block not built yet")):
        try:
            said = tuple(made.compute_output_shape(case.input_shape))
        except NotImplementedError as error:
            raise NotYet(
                "✗ Not yet. There is no `compute_output_shape`, and Keras can find the shape of "
                "the result only by running `call`. A block around yours asks for the shape before "
                "yours is built, to build what comes next. Write the method; where the result has "
                "the shape of the input, it returns input_shape."
            ) from error
        expect(
            said == y.shape,
            f"`compute_output_shape` of {when} says {said}, a call returns {y.shape}. Summaries, "
            "diagrams and the blocks around yours believe the method. Mind sizes that are odd.",
        )


@promise(
    "Built for unknown sizes, it takes inputs of any.",
    hint="Batch, height, width and time may be None in `build` and in a symbolic `call`: take "
    "them from ops.shape(inputs), and let only the last axis decide the shape of a weight.",
)
def unknown_sizes(case):
    _, x, y = trained(case)
    axes = len(case.input_shape)
    unknown = (None,) * (axes - 1) + case.input_shape[-1:]
    block = case.make(name="block")
    inputs = keras.Input(batch_shape=unknown)
    model = keras.Model(inputs, block(inputs))
    known_from = axes - 1 if y.ndim == axes else 1  # where an axis is dropped
    expected = (None,) * known_from + y.shape[known_from:]
    for found, where in (
        (model.output_shape, "A symbolic call"),
        (tuple(block.compute_output_shape(unknown)), "`compute_output_shape`"),
    ):
        expect(
            found == expected,
            f"{where} turns the shape {unknown} into {found}, it should be {expected}: a size "
            "that is not known going in is not known coming out, and no other.",
        )
    # A symbolic call believes `compute_output_shape`; here `call` itself meets unknown sizes.
    found = backend.compute_output_spec(block, keras.KerasTensor(unknown)).shape
    expect(
        len(found) == len(expected)
        and all(a == b for a, b in zip(found, expected) if a is not None and b is not None),
        f"Traced for the shape {unknown}, `call` returns {found}, it should be {expected}.",
    )
    expect(
        equal(randomize(model)(x), y),
        "Built for unknown sizes and given the same weights, it returns other values than built "
        "for known ones. Let no weight and no constant depend on the sizes seen by `build`.",
    )
    other = (5, *(n + 1 for n in x.shape[1:-1]), x.shape[-1])
    found, said = tuple(model(numbers(other)).shape), tuple(block.compute_output_shape(other))
    expect(
        found == said,
        f"Given {other}, another shape, it returns {found}; `compute_output_shape` says {said}.",
    )


@promise(
    "The result for one example does not depend on the others.",
    hint="It cannot take a batch of another size: take the batch from ops.shape(inputs)[0].",
)
def examples_do_not_meet(case):
    block, x, y = trained(case)
    expect(
        equal(block(x[1:]), y[1:]),
        "Without the first example, the others get another result. Look for an operation that "
        "runs over axis 0, as a mean without an `axis` does: an answer must not depend on who "
        "else is in the batch.",
    )


@promise(
    "Keras's own test of a layer passes.",
    applies=lambda case: case.is_layer,
    hint="This is the test that Keras runs on its own layers, `run_layer_test`.",
)
def keras_layer_test(case):
    from keras.src.testing import TestCase  # here, as no chapter needs it without the contract

    try:
        TestCase().run_layer_test(
            case.make,
            {},
            input_shape=case.input_shape,
            expected_output_shape=case.result_shape,
            run_training_check=False,  # `compiled_training_step` asks for more
        )
    except AssertionError as error:
        said = " ".join(str(error).split())[:300]
        raise NotYet(f"✗ Not yet. Keras's own test of layers says: {said}") from error
