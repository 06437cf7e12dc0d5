"""The contract of a block: what every block of this book promises, for a block of one's own too.

Each promise is a function that takes a `Case` and stops with a message that says what is wrong,
why it matters and how to mend it. `block_contract` asks all that apply. tests/test_contract.py
asks the very same of every block in `blocks`. They run on any Keras backend that can train.
"""

import keras
from keras import layers

from blocks.teaching.check._contract import _learning, _saving, _sequences, _shapes
from blocks.teaching.check._contract._case import Case
from blocks.teaching.check._frame import NotYet, _expect_something, _explain, expect

# In the order in which a block is best mended.
PROMISES = [
    _shapes.output_shape,
    _saving.build_makes_every_weight,
    _shapes.unknown_sizes,
    _shapes.examples_do_not_meet,
    _saving.config_round_trip,
    _saving.weights_start_apart,
    _saving.save_and_load,
    _learning.dtype,
    _learning.training,
    _learning.same_seed_same_noise,
    _learning.noise_is_new,
    _sequences.mask_is_passed_on,
    _sequences.steps_do_not_meet,
    _sequences.padding_changes_nothing,
    _sequences.padding_moves_no_average,
    _sequences.looking_ahead,
    _shapes.keras_layer_test,
    _learning.compiled_training_step,
]


def block_contract(
    block,
    init_kwargs=None,
    *,
    input_shape,
    output_shape=None,
    training="",
    masks=False,
    looks_ahead=None,
):
    """Asks of a block all that the blocks of this book promise; prints a line for each promise.

    Args:
        block: class of a layer, or a function that returns a block.
        init_kwargs: its arguments: for a class every one, each with a value that is not its
            default. A layer among them is copied for each block that is made; a `seed` is left
            out where the noise is tested, as one seed is one noise.
        input_shape: shape of a small batch. Sizes that are odd and all different show most.
        output_shape: shape of the result, if it should be tested. A shape is a tuple.
        training: what `training=True` should change: `"averages"` (every weight that is not
            trained), `"noise"`, both words, or nothing.
        masks: whether a mask should change the values of the result.
        looks_ahead: whether a time step of the result may depend on later ones. None: not tested.

    Raises:
        NotYet: at the first promise that is not kept, with a message that says how to mend it.
    """
    _expect_something(block, "block_contract(block, ...)")
    expect(callable(block), "Give the class itself, or the function: MyBlock, not MyBlock(...).")
    given = dict(init_kwargs or {})

    def make(**kwargs):
        dtype = kwargs.get("dtype")
        copies = {name: _fresh(value, dtype) for name, value in given.items() if name != "seed"}
        return block(**copies, **kwargs)

    case = Case(
        block.__name__,
        make,
        tuple(input_shape),
        None if output_shape is None else tuple(output_shape),
        training,
        masks,
        looks_ahead,
    )
    count = 0
    if isinstance(block, type):
        _ask(_saving.keeps_every_argument, block, given, hint="Make it from its config yourself.")
        print("✓ Every argument is kept, under its own name and in the config.")
        count += 1
    for promise in PROMISES:
        if promise.applies(case):
            _ask(promise, case, hint=promise.hint)
            print(f"✓ {promise.kept}")
            count += 1
    print(f"{block.__name__} keeps all {count} promises.")


def _ask(promise, *arguments, hint):
    try:
        promise(*arguments)
    except NotYet as not_yet:
        raise not_yet.with_traceback(None) from None
    except Exception as error:
        raise NotYet(f"{_explain(error)}\n{hint}") from error


def _fresh(value, dtype):
    """A copy of a layer, in the block's dtype if it is given one; anything else as it is."""
    if not isinstance(value, layers.Layer):
        return value
    config = value.get_config()
    if dtype is not None:
        config["dtype"] = keras.dtype_policies.serialize(keras.dtype_policies.get(dtype))
    return type(value).from_config(config)
