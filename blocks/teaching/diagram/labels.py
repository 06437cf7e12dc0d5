"""What a diagram says of an operation: its class, essential settings, family and shapes."""

import inspect
import re

import keras

BATCH = 7919  # the batch size while tracing: a prime, so that each dimension that holds it is known
FAMILIES = {
    "activations": "activation",
    "attention": "attention",
    "convolutional": "weights",
    "layer": "block",  # not a layer of Keras's own
    "merging": "merge",
    "normalization": "norm",
    "pooling": "resize",
    "reshaping": "resize",
    "rnn": "recurrent",
}
# arguments that are not shown, that are shown at their default too, that speak without their name
HIDDEN = {"data_format", "dtype", "epsilon", "momentum", "name", "padding", "seed", "trainable"}
HIDDEN |= {"use_bias", "weights"}
ALWAYS = {"pool_size", "size"}
BARE = {"activation", "filters", "interpolation", "kernel_size", "layer", "newshape", "pool_size"}
BARE |= {"rate", "size", "target_shape", "units"}
SHORT = {"strides": "stride", "dilation_rate": "dilation"}


def keras_name(operation):
    """The name that Keras gives the first operation of a class: `batch_normalization`."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def own_name(operation):
    """The name that an author gave an operation; nothing where Keras numbered the class."""
    automatic = rf"((forward|backward)_)?{keras_name(operation)}(_\d+)?"  # of Bidirectional's
    found = re.fullmatch(automatic, operation.name)
    return found[2] or "" if found else operation.name


def title(operation):
    """The class of a layer, the function that an activation or another operation computes."""
    if isinstance(operation, keras.layers.Activation):
        return _text(operation.activation) or "linear"
    kind = type(operation).__name__ if isinstance(operation, keras.Layer) else keras_name(operation)
    return {"Functional": "Model", "true_divide": "divide"}.get(kind, kind)


def family(operation, weighted):
    """The group of operations that an operation shares its colour with."""
    if not isinstance(operation, keras.Layer):
        if hasattr(keras.activations, keras_name(operation)):
            return "activation"
        return "weights" if weighted else "other"
    if isinstance(operation, keras.Model):
        return "block"
    modules = [parent.__module__.split(".") for parent in type(operation).__mro__]
    package = next(m[3] for m in modules if m[:3] == ["keras", "src", "layers"])
    return FAMILIES.get(package, "weights" if weighted else "other")


def settings(operation, rank):
    """The essential settings, such as `3×3, 64, stride 2`: what was given or is not the default."""
    if isinstance(operation, keras.layers.Activation):
        return ""
    if isinstance(operation, keras.Model) and operation.layers:
        return f"of {len(operation.layers)} layers"
    kernel, others = [], []
    for argument in inspect.signature(type(operation).__init__).parameters.values():
        name, default = argument.name, argument.default
        if name in HIDDEN or re.search("initializer|regularizer|constraint", name):
            continue
        value = getattr(operation, name, None)
        if name == "strides" and default is None:
            default = operation.pool_size
        if name == "axis" and isinstance(operation, keras.Layer):  # some are turned when built
            value, default = (_from_the_back(a, rank) for a in (value, default))
        said = _text(value, name)
        if said and (name in ALWAYS or said != _text(default, name)):
            if default is not None or name == "axis" or name in BARE:
                phrase = _phrase(name, said, value)
                (kernel if name in ("kernel_size", "pool_size") else others).append(phrase)
    return ", ".join(kernel + others)


def _from_the_back(axis, rank):
    if not isinstance(axis, int | list | tuple):
        return axis
    axes = axis if isinstance(axis, list | tuple) else [axis]
    axes = [a - rank if a >= 0 else a for a in axes]
    return axes[0] if len(axes) == 1 else axes


def _phrase(name, said, value):
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if name == "num_heads":
        return f"{said} heads"
    return said if name in BARE else f"{SHORT.get(name, name)} {said}"


def _text(value, name=""):
    """A simple value as text; nothing for None, the identity and whatever is not simple."""
    if isinstance(value, keras.Layer):
        return f"{title(value)} {settings(value, 0)}".strip()
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int | float):
        return size(value)
    if isinstance(value, list | tuple):
        texts = [_text(item) for item in value]
        if name in ("kernel_size", "pool_size", "size"):
            return "×".join(texts)
        if name in SHORT and len(set(texts)) == 1:
            return texts[0]
        return f"({', '.join(texts)})"
    found = getattr(value, "__name__", "")
    return "" if found == "linear" else found


def arguments(args, names):
    """What an operation is called with besides tensors: numbers, slices, weights."""
    texts = [_argument(value, names) for value in args]
    while texts and texts[0] in ("x", ""):  # tensors that come first go without saying
        texts.pop(0)
    return ", ".join(filter(None, texts))


def _argument(value, names):
    if any(isinstance(part, keras.KerasTensor) for part in keras.tree.flatten(value)):
        return "x"
    if isinstance(value, keras.Variable):
        return f"{names.get(id(value), value.name)} {shape(value.shape)}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(_slice(part) for part in value)}]"
    if isinstance(value, slice | int | float):
        return _slice(value)
    return f"constant {shape(value.shape)}" if hasattr(value, "shape") else ""


def _slice(part):
    if not isinstance(part, slice):
        return {Ellipsis: "...", None: "None"}.get(part) or size(part)
    ends = ["" if end is None else size(end) for end in (part.start, part.stop, part.step)]
    return ":".join(ends if ends[2] else ends[:2])


def shape(dims):
    """A shape for the reader: B for the batch, ? for a dimension that is not known."""
    texts = ["B" if dim is None and axis == 0 else size(dim) for axis, dim in enumerate(dims)]
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def size(dim):
    """A dimension or another number; what was traced as a multiple of the batch size says so."""
    if dim is None:
        return "?"
    if isinstance(dim, int) and dim and dim % BATCH == 0:
        return f"{dim // BATCH}B" if dim != BATCH else "B"
    return f"{dim:.3g}" if isinstance(dim, float) else str(dim)


def ends(tensors):
    """The inputs of a functional model, each with the name its author gave it or a number."""
    names = [own_name(tensor._keras_history.operation) for tensor in tensors]
    numbered = [f"input {i}" for i in range(1, len(names) + 1)] if len(names) > 1 else ["input"]
    return [(name or number, t) for name, number, t in zip(names, numbered, tensors, strict=True)]
