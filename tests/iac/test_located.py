"""The position-keeping reader of JSON: the same values as the strict one, the right places, and clear refusals."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import AuthoringError, Problem
from scanner.sources.iac.located import Array, Object, load
from tests.properties import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=25,
)
WRITING = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def exactly(one: Any, other: Any) -> bool:
    """Equal, and 1 is neither true nor 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(exactly(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(exactly, one, other))
    return type(one) is type(other) and bool(one == other)


@examples(500)
@given(JSON, WRITING)
def test_strict_json_is_read_as_the_standard_library_reads_it(value: Any, writing: dict[str, Any]) -> None:
    text = json.dumps(value, **writing)
    assert exactly(load(text, "f"), json.loads(text))


@examples(300)
@given(JSON, WRITING)
def test_every_place_is_where_the_value_is_written(value: Any, writing: dict[str, Any]) -> None:
    text = json.dumps(value, **writing)
    lines = text.replace("\r\n", "\n").split("\n")

    def stands_at(place: tuple[int, int], expected: Any) -> bool:
        rest = "\n".join([lines[place[0] - 1][place[1] - 1 :], *lines[place[0] :]])
        return exactly(json.JSONDecoder().raw_decode(rest)[0], json.loads(json.dumps(expected)))

    def check(node: Any) -> None:
        if isinstance(node, Object):
            assert stands_at((node.line, node.column), node)
            assert all(stands_at(node.key_at(name), name) for name in node)
            assert all(stands_at(node.at(name), value) for name, value in node.items())
        elif isinstance(node, Array):
            assert stands_at((node.line, node.column), node)
            assert all(stands_at(node.at(n), value) for n, value in enumerate(node))
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            check(each)

    if "\r" not in text:
        check(load(text, "f"))


@examples(300)
@given(st.text(alphabet='{}[]",:/*\\ \n1.eE-tfn\ufeff\t', max_size=60))
def test_no_text_gives_anything_but_a_value_or_a_clear_error(text: str) -> None:
    try:
        load(text, "main.json")
    except AuthoringError as error:
        assert error.line >= 1
        assert error.column >= 1
        assert error.help


def test_what_the_service_accepts_beyond_strict_json_is_read() -> None:
    text = """\ufeff// a comment
{
  /* several
     lines */ "a": "one
two", // behind
  "b": [1, 2, /* , 3 */ ],
  "c": {"d": null,},
}
// the end"""
    found = load(text, "main.json")
    assert found == {"a": "one\ntwo", "b": [1, 2], "c": {"d": None}}
    assert found.at("b") == (6, 8)
    assert found["b"].at(1) == (6, 12)
    assert found.key_at("c") == (7, 3)
    assert found["c"].at("d") == (7, 14)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_that_editors_save_is_read(encoding: str) -> None:
    assert load('{"naam": "Zoë ☃"}'.encode(encoding), "f") == {"naam": "Zoë ☃"}


def test_lines_are_counted_whatever_ends_them() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert load(f'{{{end}"a":{end} 1}}', "f").at("a") == (3, 2)


def test_of_a_name_given_twice_the_last_counts_and_it_is_said() -> None:
    problems: list[Problem] = []
    found = load('{"a": 1, "b": 2,\n "a": [3], "c": 4}', "main.json", problems)
    assert found == {"a": [3], "b": 2, "c": 4}
    assert (found.at("a"), found.key_at("a"), found.at("c")) == ((2, 7), (2, 2), (2, 17))
    assert [(problem.line, "'a'" in problem.message) for problem in problems] == [(2, True)]


def test_places_are_right_behind_long_texts_with_escapes() -> None:
    found = load('{"a\\"b": "c\\nd", "e": [ "\\u00e9", {"f":-1.5e3} ]}', "f")
    assert found == {'a"b': "c\nd", "e": ["é", {"f": -1500.0}]}
    assert found.at('a"b') == (1, 10)
    assert found["e"].at(1) == (1, 35)
    assert found["e"][1].at("f") == (1, 40)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "the file ends"),
        ("{", 1, 2, "the file ends within an object"),
        ('{"a": 1', 1, 8, "the file ends where } or a comma"),
        ("[1\n", 2, 1, "the file ends where ] or a comma"),
        ('{"a" 1}', 1, 6, "a colon was expected after the name 'a'"),
        ("[1 2]", 1, 4, "a comma or ] was expected"),
        ('{"a": 1]', 1, 8, "a comma or } was expected"),
        ("[1}", 1, 3, "a comma or ] was expected"),
        ('{"a":\n  tru}', 2, 3, "a value was expected"),
        ('["abc', 1, 2, "a text begins here and does not end"),
        ("{} x", 1, 4, "text after the end"),
        ("/* x", 1, 1, "a comment begins here"),
        ('["\\q"]', 1, 3, "escape"),
        ("[01]", 1, 2, "a value was expected"),
        ("[NaN]", 1, 2, "a value was expected"),
        ("{a: 1}", 1, 2, "a name in double quotes"),
        ("[1,,2]", 1, 4, "a value was expected"),
        ("[" + "1" * 500 + "]", 1, 2, "too long"),
        ("[" * 100_000, 1, 252, "nested more than 250 deep"),
        ('{"a":' * 100_000, 1, 1256, "nested more than 250 deep"),
    ],
)
def test_broken_text_is_refused_with_its_place(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(AuthoringError, match=r"main\.json") as caught:
        load(text, "main.json")
    assert said in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.help


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(AuthoringError, match="not UTF-8"):
        load(b'{"a": "\xff\xff\xff"}', "main.json")


def test_hostile_texts_do_not_make_the_reader_backtrack() -> None:
    """Each of these takes minutes in a reader that tries again from every character."""
    many = 200_000
    assert load('{"a": "' + "x" * many + '\\n"}', "f")["a"].endswith("x\n")
    assert load("[" + "/**/" * many + "]", "f") == []
    assert load("{" + ",".join('"a": 1' for _ in range(many)) + "}", "f", []) == {"a": 1}
    assert load("[" + " " * many + "1]", "f") == [1]
    assert len(load("[" + "{}," * many + "]", "f")) == many
    with pytest.raises(AuthoringError):
        load('"' + "\\\\" * many, "f")


def test_a_scalar_alone_is_a_value() -> None:
    assert load(" -0 ", "f") == 0
    assert math.isinf(load("1e999", "f"))
