"""Checks of the exercises: one module a chapter, one function an exercise.

    from blocks.teaching import check

    check.dense.forward(forward)

A right answer prints one line. Any other stops with a message that says what is wrong and, for
the common mistakes, why. `_frame.py` says how a check is written, `dense.py` is the example.

`check.block_contract(MyBlock, ...)` asks of a block of one's own what every block in `blocks`
promises.
"""

from importlib import import_module

from blocks.teaching.check._contract import block_contract

__all__ = ["block_contract"]


def __getattr__(chapter):
    # Imports a chapter's checks when they are asked for: adding a module is all it takes.
    name = f"{__name__}.{chapter}"
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # the module is there, something that it imports is not
            raise
        raise AttributeError(f"There are no checks for a chapter named {chapter!r}.") from None
