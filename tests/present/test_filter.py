"""The ``/`` filter as an operator types it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.present.filter import FilterError, Subject, parse_filter

FIELDS = {"util": 71.0, "given": 2.5, "pool": "default", "ready": True, "mem": None}
ROW = Subject(lambda: "node003 default llama-8b-half", FIELDS.get)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", True),
        ("LLAMA", True),
        ("llama !node003", False),
        ("!nothing", True),
        ("node00[1-4] half$", True),
        ("^half", False),
        ("util>50", True),
        ("util>50%", True),
        ("util>=71 util<=71", True),
        ("util<71", False),
        ("!util<71", True),
        ("pool=DEFAULT", True),
        ("pool!=default", False),
        ("pool=~^def", True),
        ("ready=true", True),
        ("ready=false", False),
        ("mem>0", False),
        ("mem!=3", False),
        ("pool>3", False),
        ('"default llama"', True),
        ("given>", True),
        ("!given>=", True),
        ("pool=", True),
        ("llama pool=~", True),
        ("mixtral given>", False),
    ],
)
def test_keeps_what_is_meant(text: str, kept: bool) -> None:
    assert parse_filter(text).matches(ROW) is kept


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("a (b", 2, "regular expression"),
        ("ok utl>5", 3, "no field 'utl'"),
        ("util>abc", 5, "not a number"),
        ("!utl>", 1, "no field 'utl'"),
    ],
)
def test_an_error_names_its_column(text: str, column: int, says: str) -> None:
    with pytest.raises(FilterError, match=says) as caught:
        parse_filter(text, frozenset({"util", "pool"}))
    assert caught.value.column == column


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_an_error_within_it(text: str) -> None:
    try:
        parsed = parse_filter(text)
    except FilterError as error:
        assert 0 <= error.column <= len(text)
    else:
        assert parsed.matches(ROW) in (True, False)


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True))
def test_the_inverse_is_the_inverse(word: str) -> None:
    assert parse_filter(word).matches(ROW) is not parse_filter("!" + word).matches(ROW)
