"""What a diagram says of an operation: its class, essential settings, family and shapes."""

import inspect
import re

import keras

import blocks

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


def base_name(operation):
    """What is numbered to name an operation: its class, or the function of `blocks` it is from."""
    if isinstance(operation, keras.Model) and _maker(operation):
        return _maker(operation)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _maker(model):
    """The function of `blocks` that made and named a model."""
    name = re.sub(r"_\d+$", "", model.name)
    return name if callable(getattr(blocks, name, None)) else ""


def own_name(operation):
    """The name that an author gave an operation; nothing where it was numbered."""
    automatic = rf"((forward|backward)_)?{base_name(operation)}(_\d+)?"  # Bidirectional adds these
    found = re.fullmatch(automatic, operation.name)
    return found[2] or "" if found else operation.name


def title(operation):
    """The class of a layer, the function that made it, or the one that it computes."""
    base = base_name(operation)
    if isinstance(operation, keras.layers.Activation):
        return _text(operation.activation) or "linear"
    if isinstance(operation, keras.Model) and _maker(operation):
        return base
    if isinstance(operation, keras.Layer):
        return type(operation).__name__.replace("Functional", "Model")
    return {"get_item": "slice", "true_divide": "divide"}.get(base, base.replace("re_lu", "relu"))


def family(operation, weighted):
    """The group of operations that an operation shares its colour with."""
    if not isinstance(operation, keras.Layer):
        if hasattr(keras.activations, title(operation)):
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
        return f"of {count(len(operation.layers), 'layer')}"
    kernel, others = [], []
    for argument in inspect.signature(type(operation).__init__).parameters.values():
        name, default = argument.name, argument.default
        if name in HIDDEN or re.search("initializer|regularizer|constraint", name):
            continue
        value = getattr(operation, name, getattr(operation, f"forward_{name}", None))
        if name == "strides" and default is None:
            default = getattr(operation, "pool_size", None)
        if name == "axis" and isinstance(operation, keras.Layer):  # some are turned when built
            value, default = (_from_the_back(a, rank) for a in (value, default))
        said = _text(value, name)
        if said and (name in ALWAYS or said != _text(default, name)):
            if default is not None or name == "axis" or name in BARE:
                phrase = _phrase(name, said, value)
                (kernel if name in ("kernel_size", "pool_size") else others).append(phrase)
    return ", ".join(kernel + others)


def _from_the_back(axis, rank):
    axes = axis if isinstance(axis, list | tuple) else [axis]
    if not all(isinstance(a, int) for a in axes):
        return axis
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
    return "" if found in ("linear", "<lambda>") else found


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
        return f"{weight_name(value, names)} {shape(value.shape)}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(_slice(part) for part in value)}]"
    if isinstance(value, slice | int | float):
        return _slice(value)
    return f"tensor {shape(value.shape)}" if hasattr(value, "shape") else ""


def weight_name(weight, names):
    """The attribute that holds a weight, or the name that its author gave it."""
    automatic = re.fullmatch(r"variable(_\d+)?", weight.name)
    return names.get(id(weight)) or ("weight" if automatic else weight.name)


def _slice(part):
    if not isinstance(part, slice):
        return {Ellipsis: "...", None: "None"}.get(part) or size(part)
    ends = ["" if end is None else size(end) for end in (part.start, part.stop, part.step)]
    return ":".join(ends if ends[2] else ends[:2])


def shape(dims):
    """A shape for the reader: B for the batch, ? for a dimension that is not known."""
    texts = ["B" if dim is None and axis == 0 else size(dim) for axis, dim in enumerate(dims)]
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def count(number, noun):
    return f"{number:,} {noun}{'s' * (number != 1)}"


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
