"""TOML tables: strict, and one plain line for each mistake. Study files and findings test more."""

from __future__ import annotations

import json

import pytest
from pydantic import Field

from ketasim import UserError
from ketasim.toml_tables import Table, checked, parsed, read_text, schema


class Leaf(Table):
    size: float = Field(gt=0)
    kind: str = "round"


class Tree(Table):
    name: str
    leaf: tuple[Leaf, ...] = ()


def test_text_to_table():
    data = parsed('name = "oak"\n[[leaf]]\nsize = 2', "t.toml")
    tree = checked(Tree, data, "t.toml")
    assert tree.leaf[0].size == 2.0
    with pytest.raises(ValueError, match="frozen"):
        tree.name = "elm"  # type: ignore[misc]


def test_every_mistake_has_its_line():
    data = {"nmae": "oak", "leaf": [{"size": 1}, {"size": -1, "kind": 3}]}
    with pytest.raises(UserError) as caught:
        checked(Tree, data, "t.toml")
    assert sorted(str(caught.value).splitlines()) == [
        "t.toml: leaf[2].kind: 3 should be text in quotes",
        "t.toml: leaf[2].size: -1 is out of range; it must be more than 0",
        "t.toml: name: missing",
        "t.toml: nmae: no such key; nearest: name",
    ]


def test_files_that_are_no_text_or_no_toml(tmp_path):
    file = tmp_path / "t.toml"
    with pytest.raises(UserError, match="no such file"):
        read_text(file)
    file.write_bytes(b"ab\xff")
    with pytest.raises(UserError, match="byte 2 is not UTF-8"):
        read_text(file)
    with pytest.raises(UserError, match=r"t\.toml: not TOML: "):
        parsed("name = ", "t.toml")


def test_schema_is_strict():
    found = json.loads(schema(Tree))
    assert found["additionalProperties"] is False
    assert found["$defs"]["Leaf"]["properties"]["size"]["exclusiveMinimum"] == 0


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbfn = 1\n")
    assert read_text(path) == "n = 1\n"
