"""`help(fairdraw)` is enough to start, and the stubs are of the module."""

from __future__ import annotations

import ast
import doctest
import inspect
import pydoc
from pathlib import Path

import pytest

import fairdraw
from fairdraw import _fairdraw

STUBS = Path(fairdraw.__file__).parent / "_fairdraw.pyi"
FUNCTIONS = [name for name in fairdraw.__all__ if inspect.isfunction(getattr(fairdraw, name))]
CLASSES = [name for name in fairdraw.__all__ if inspect.isclass(getattr(fairdraw, name))]


def test_the_examples_of_the_module_are_true():
    assert doctest.testmod(fairdraw).attempted > 3
    assert doctest.testmod(fairdraw).failed == 0


def test_help_shows_what_there_is():
    text = pydoc.plain(pydoc.render_doc(fairdraw))
    for name in set(fairdraw.__all__) - {"__version__"}:
        assert name in text
    for words in ("n=2", ":param weights:", ":returns:", ":raises FairdrawError:", "Rosén", "GB 32100", "RFC 8439"):
        assert words in text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_say_what_they_take_and_give(name):
    function = getattr(fairdraw, name)
    assert ":returns:" in function.__doc__ and ":raises FairdrawError:" in function.__doc__
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    for own in signature.parameters.values():
        assert f":param {own.name}:" in function.__doc__, own.name
        assert own.annotation is not inspect.Parameter.empty, own.name


@pytest.mark.parametrize("name", CLASSES)
def test_classes_and_their_members_say_what_they_are(name):
    own = getattr(fairdraw, name)
    assert own.__doc__ and own.__module__.startswith("fairdraw")
    for member in vars(own):
        if not member.startswith("_"):
            assert getattr(own, member).__doc__, member
        if inspect.isfunction(vars(own)[member]) and not member.startswith("_"):
            for parameter in inspect.signature(getattr(own, member)).parameters.values():
                assert parameter.name == "self" or parameter.annotation is not inspect.Parameter.empty, member


def test_everything_public_is_named():
    public = {name for name in vars(fairdraw) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(fairdraw, name))}
    assert public - modules - {"annotations", "Any", "Mapping", "NormalDist"} == set(fairdraw.__all__) - {"__version__"}
    assert fairdraw.CONTRACT == "fairdraw/1" and fairdraw.DEFAULT_ALPHA == 0.001


def stub_members(body):
    """Names of a body with the parameters of what can be called; None for values."""
    members = {}
    for node in body:
        if isinstance(node, ast.AnnAssign):
            members[node.target.id] = None
        elif isinstance(node, ast.Assign):
            members[node.targets[0].id] = None
        elif isinstance(node, ast.ClassDef):
            members[node.name] = stub_members(node.body)
        elif isinstance(node, ast.FunctionDef):
            is_property = any(getattr(own, "id", None) == "property" for own in node.decorator_list)
            members[node.name] = None if is_property else [own.arg for own in node.args.args]
    return members


def module_members(own, names):
    members = {}
    for name in names:
        value = getattr(own, name)
        if inspect.isclass(value):
            public = [member for member in vars(value) if not member.startswith("_")]
            members[name] = module_members(value, public)
        elif callable(value):
            members[name] = list(inspect.signature(value).parameters)
        else:
            members[name] = None
    return members


def test_the_stubs_are_of_the_module():
    stubs = stub_members(ast.parse(STUBS.read_text(encoding="utf-8")).body)
    names = [name for name in vars(_fairdraw) if not name.startswith("_")] + ["__all__", "__version__"]
    module = module_members(_fairdraw, names)
    for members in stubs.values():
        if isinstance(members, dict):
            made = members.pop("__new__", None)
            assert made is None or made[0] == "cls"
    assert stubs == module
    for name in ("WeightPass", "KeyPass"):
        assert inspect.signature(getattr(_fairdraw, name)).parameters.keys() >= {"design"}
    assert (STUBS.parent / "py.typed").exists()
