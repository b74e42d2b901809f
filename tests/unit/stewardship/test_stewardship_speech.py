"""Messages as templates ask for them."""

from __future__ import annotations

from markupsafe import Markup

from stewardship.language import Speech, rounded, signed, translations


def test_words_are_said_in_the_language() -> None:
    assert Speech(translations("zh")).say("Queue") == translations("zh").gettext("Queue")
    assert Speech(translations("en")).say("Queue") == "Queue"


def test_what_a_message_speaks_of_is_escaped_and_its_own_marks_are_not() -> None:
    told = Speech(translations("en")).say("It's %(name)s & more", name="<b>")
    assert told == Markup("It's &lt;b&gt; & more")


def test_a_message_said_again_is_about_what_it_is_asked_of() -> None:
    speech = Speech(translations("en"))
    said = [speech.say("for it: %(number)s", number=number) for number in (1, 2)]
    assert said == ["for it: 1", "for it: 2"]


def test_a_sign_of_per_cent_is_written_twice_as_in_every_message() -> None:
    assert Speech(translations("en")).say("100%% of all") == "100% of all"


def test_one_and_many_are_told_apart() -> None:
    speech = Speech(translations("en"))
    assert [speech.count("%(num)s day", "%(num)s days", number) for number in (1, 2)] == ["1 day", "2 days"]


def test_a_weight_has_its_sign_and_nothing_has_none() -> None:
    assert [signed(value) for value in (1.234, -1.236, 0.004, -0.004, -0.0, 0.0)] == [
        *("+1.23", "-1.24"),
        *["0.00"] * 4,
    ]
    assert [rounded(value, 1) for value in (-0.04, 0.04, -0.06)] == ["0.0", "0.0", "-0.1"]
