"""Shows the source of a block in a chapter, taken from the module that is tested."""

import ast
import html
import inspect
import textwrap
from importlib.util import find_spec

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

# The site's style sheets colour these class names. JupyterLab does not, outside of its own
# cells, so there (and only there) the names get the colours of its editor, light or dark.
_LAB_COLORS = {
    "keyword": ".k, .kn, .kd, .kr, .ow",
    "atom": ".kc, .bp",
    "def": ".nf, .nc, .fm",
    "builtin": ".nb",
    "string": ".s1, .s2, .sd, .sa, .si",
    "number": ".mi, .mf",
    "operator": ".o",
    "comment": ".c1",
    "meta": ".nd",
}
_LAB_STYLE = "".join(
    f".jp-OutputArea .blocks-source :is({names}){{color:var(--jp-mirror-editor-{name}-color)}}"
    for name, names in _LAB_COLORS.items()
)


class Source:
    """Source text that a notebook displays highlighted, under the name of its file."""

    def __init__(self, text, file):
        self.text = text
        self.file = file

    def __repr__(self):
        return f"# {self.file}\n\n{self.text}"

    def _repr_html_(self):
        code = highlight(self.text, PythonLexer(), HtmlFormatter())
        return (
            f'<div class="blocks-source highlight-python notranslate"><style>{_LAB_STYLE}</style>'
            f"<p><code>{html.escape(self.file)}</code></p>{code}</div>"
        )


def source(thing, *, docstring=True):
    """The source of a function, a class or a method, as it stands in its module.

    Args:
        thing: function, class or method, such as `dense_block`, `ResidualBlock` or
            `ResidualBlock.call`.
        docstring: `False` leaves out the docstrings, for a page that explains the code itself.

    Returns:
        An object that a notebook displays as highlighted code; its `text` is the code.

    Raises:
        ValueError: if `thing` is something else, or its source cannot be found.
    """
    thing = inspect.unwrap(thing)
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        raise ValueError(
            "thing must be a function, a class or a method (of a block in use, take its class). "
            f"Received: thing={thing!r}"
        )
    try:
        text = textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError) as error:
        raise ValueError(
            f"thing must be written in Python, in a file or a cell. Received: thing={thing!r}"
        ) from error
    return Source(text if docstring else _without_docstrings(text), _file_name(thing))


def _without_docstrings(text):
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and len(node.body) > 1:
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None:
                end = first.end_lineno
                while not lines[end].strip():  # the blank lines between it and the code
                    end += 1
                lines[first.lineno - 1 : end] = [""] * (end - first.lineno + 1)
    return "".join(lines)


def _file_name(thing):
    """The file's place in its package: the same on every machine."""
    if thing.__module__ == "__main__":
        return "this notebook"
    path = thing.__module__.replace(".", "/")
    spec = find_spec(thing.__module__)
    is_package = spec is not None and spec.submodule_search_locations is not None
    return f"{path}/__init__.py" if is_package else f"{path}.py"
