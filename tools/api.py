"""A Sphinx extension that writes the documentation of `blocks` from its source.

Sphinx's autodoc would import the package, and with it Keras and TensorFlow, to read what the files
say.
"""

import ast
import re
from pathlib import Path

from places import chapters
from sphinx.ext.napoleon import Config, GoogleDocstring

PACKAGE = Path(__file__).resolve().parent.parent / "blocks"
MARK = "<!-- documentation of blocks -->"
SECTIONS = Config(
    napoleon_custom_sections=[(title, "returns_style") for title in ("Input shape", "Output shape")]
)


def public_names():
    """The names in the package's `__all__`."""
    for node in ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)


def definitions():
    """Every class and function of the package's modules, by name."""
    return {
        node.name: node
        for path in sorted(PACKAGE.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef))
    }


def signature(node):
    function = node
    if isinstance(node, ast.ClassDef):
        function = next(item for item in node.body if getattr(item, "name", "") == "__init__")
        function.args.args.pop(0)  # self
    return f"({ast.unparse(function.args)})"


def entry(node, taught_in):
    """One class or function in reStructuredText."""
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    text = re.sub(r"(?<!`)`(?!`)", "``", ast.get_docstring(node))  # code, as in Markdown
    text = re.sub(r"arXiv:(\d{4}\.\d{5})", r"`arXiv \1 <https://arxiv.org/abs/\1>`__", text)
    text, _, reference = text.partition("\n\nReference:\n")
    lines = GoogleDocstring(text, SECTIONS, what=kind).lines()
    if reference:
        lines += [f":Reference: {' '.join(reference.split())}", ""]
    if taught_in:
        links = ", ".join(f":doc:`/{chapter.docname}`" for chapter in taught_in)
        lines += [f":Explained in: {links}", ""]
    head = f".. py:{kind}:: {node.name}{signature(node)}"
    return "\n".join([head, "", *(f"   {line}".rstrip() for line in lines), ""])


def complete(app, docname, content):
    if MARK not in content[0]:
        return
    for path in PACKAGE.glob("*.py"):
        app.env.note_dependency(path)
    book, found = chapters(app), definitions()
    entries = []
    for name in public_names():
        shown = [c for c in book if re.search(rf"\bsource\(\s*{name}\b", c.code)]
        most = max(book, key=lambda c: c.code.count(f"{name}("))
        entries.append(entry(found[name], shown or [most]))
    rst = "\n".join(["```{eval-rst}", ".. py:currentmodule:: blocks", "", *entries, "```"])
    content[0] = content[0].replace(MARK, rst)


def setup(app):
    app.connect("source-read", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
