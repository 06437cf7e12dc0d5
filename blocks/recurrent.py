"""Recurrent block: LSTM or GRU layers, stacked, in one direction or in both."""

import keras
from keras import layers

from blocks import arguments

CELLS = {"lstm": layers.LSTM, "gru": layers.GRU}


def recurrent_block(
    units,
    *,
    cell="lstm",
    bidirectional=False,
    return_sequences=False,
    dropout=0.0,
    name=None,
):
    """Recurrent layers in a straight line: `h[t] = cell(x[t], state[t-1])`, once per layer.

    The state is `h`; an LSTM's has a second part, its cell. Every layer but the last hands all
    its `h` to the next. Masks are honoured and passed on: a masked time step leaves the state as
    it was. (Keras warns that the mask is destroyed, as of any `Sequential`; it is not.)

    Args:
        units: Positive integer, or a sequence of them: the features of each layer's state.
        cell: `"lstm"` or `"gru"`.
        bidirectional: Whether each layer reads the sequence in both directions and concatenates
            the two results, which doubles the output features.
        return_sequences: Whether the block returns the last layer's state at every time step, or
            only the final one.
        dropout: Number in [0, 1): the fraction of each layer's inputs that is set to zero in
            training, the same ones at every time step.
        name: Name of the block. By default `recurrent_block`, `recurrent_block_1`, …

    Input shape:
        `(batch, time, features)`.

    Output shape:
        `(batch, time, units)` with `return_sequences`, else `(batch, units)`, with the last of
        `units`, doubled if bidirectional.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not three axes with a
            known number of features; the message names it.

    Reference:
        LSTM: Hochreiter and Schmidhuber, Neural Computation 9 (1997), with the forget gate of
        Gers et al. (2000). GRU: Cho et al., arXiv:1406.1078v1. Both directions: Schuster and
        Paliwal, IEEE Transactions on Signal Processing 45 (1997).
    """
    units = arguments.positive_integers("units", units)
    units = (units,) if isinstance(units, int) else units
    cell = arguments.one_of("cell", cell, tuple(CELLS))
    bidirectional = arguments.boolean("bidirectional", bidirectional)
    return_sequences = arguments.boolean("return_sequences", return_sequences)
    dropout = arguments.fraction("dropout", dropout)

    block = keras.Sequential(name=arguments.block_name("recurrent_block", name))
    for i, size in enumerate(units, start=1):
        layer = CELLS[cell](
            size,
            return_sequences=return_sequences or i < len(units),
            dropout=dropout,
            name=f"{cell}_{i}",
        )
        block.add(layers.Bidirectional(layer, name=f"both_{i}") if bidirectional else layer)
    return arguments.checked_input(block, ndim=3)
