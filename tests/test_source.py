"""Tests of the listings of source code."""

import inspect
import json

import pytest

from blocks.teaching import check, data
from blocks.teaching.source import source


class Sample:
    """A class with docstrings.

    Of several lines.
    """

    size = 1  # a comment

    def method(self):
        """Returns 1."""

        # why
        return 1

    def empty(self):
        """Nothing but this."""

    def plain(self):
        one = 1
        return one


def decorate(function):
    return function


@decorate
def decorated(text="<b>"):
    return text


def test_function():
    shown = source(data.photograph)
    assert shown.text == inspect.getsource(data.photograph)
    assert shown.file == "blocks/teaching/data.py"
    assert repr(shown) == f"# blocks/teaching/data.py\n\n{shown.text}"


def test_method_is_dedented():
    assert source(Sample.method, docstring=False).text == (
        "def method(self):\n    # why\n    return 1\n"
    )


def test_class_without_docstrings():
    assert source(Sample, docstring=False).text == (
        "class Sample:\n"
        "    size = 1  # a comment\n\n"
        "    def method(self):\n"
        "        # why\n"
        "        return 1\n\n"
        "    def empty(self):\n"
        '        """Nothing but this."""\n\n'
        "    def plain(self):\n"
        "        one = 1\n"
        "        return one\n"
    )


def test_decorator_is_shown():
    assert source(decorated).text.startswith("@decorate\n")


def test_package_names_its_file():
    assert source(json.dumps).file == "json/__init__.py"
    assert source(check.__getattr__).file == "blocks/teaching/check/__init__.py"


def test_notebook_has_no_file(monkeypatch):
    monkeypatch.setattr(decorated, "__module__", "__main__")
    assert source(decorated).file == "this notebook"


def test_html():
    page = source(decorated)._repr_html_()
    assert '<div class="highlight"><pre>' in page
    assert '<span class="k">def</span>' in page
    assert "<b>" not in page
    assert page == source(decorated)._repr_html_()


@pytest.mark.parametrize("thing", [Sample(), 3, len, "dense_block"])
def test_wrong_argument(thing):
    with pytest.raises(ValueError, match="thing must be .* Received: thing="):
        source(thing)
