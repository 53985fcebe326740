"""The table of moves, and how a list of people is read."""

from hypothesis import given
from hypothesis import strategies as st

from lms.intake.exchange import read_invitees
from lms.intake.rules import NEXT_STATES, ApplicationState, in_language, standing_of


def test_every_state_has_its_moves_and_can_be_reached() -> None:
    assert set(NEXT_STATES) == set(ApplicationState)
    reached = {to for moves in NEXT_STATES.values() for to in moves}
    assert reached == set(ApplicationState)


def test_a_place_is_confirmed_only_from_an_offer() -> None:
    assert [each for each, moves in NEXT_STATES.items() if ApplicationState.CONFIRMED in moves] == ["accepted"]
    assert NEXT_STATES[ApplicationState.DECLINED] == ()


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 4), min_size=4, max_size=4), max_size=5))
def test_mean_and_spread(scores: list[dict[str, int]]) -> None:
    standing = standing_of(scores)
    assert standing.count == len(scores)
    if standing.mean is None or standing.spread is None:
        assert not scores
        return
    sums = [sum(each.values()) for each in scores]
    assert min(sums) <= standing.mean <= max(sums)
    assert standing.spread == max(sums) - min(sums)


def test_a_text_in_the_readers_language_else_in_another() -> None:
    assert in_language({"en": "Why?", "ar": "لماذا؟"}, "ar", "en") == ("لماذا؟", "ar")
    assert in_language({"en": "Why?"}, "fr", "en") == ("Why?", "en")
    assert in_language({"fr": "Pourquoi ?"}, "ar", "en") == ("Pourquoi ?", "fr")


def test_lists_as_people_paste_them() -> None:
    text = (
        "\ufeffE-mail;Name\r\nADA@Example.org;Ada Okafor\r\n\r\n"
        "bo@example.org, Bo Lindqvist\nChi Haddad <chi@example.org>\n"
        "Dee Fernández\tdee@example.org\nada@example.org\nnobody\n"
        '"Moreau, ""Eve""",eve@example.org,FR\n'
    )
    read = [(each.email, each.name) for each in read_invitees(text)]
    assert read == [
        ("ada@example.org", "Ada Okafor"),
        ("bo@example.org", "Bo Lindqvist"),
        ("chi@example.org", "Chi Haddad"),
        ("dee@example.org", "Dee Fernández"),
        ("", ""),
        ("eve@example.org", 'Moreau, "Eve"'),
    ]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for each in read_invitees(text):
        assert each.email == "" or "@" in each.email
