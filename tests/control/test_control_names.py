"""Whom an operator means."""

from dataclasses import replace

import pytest
from make_believe_daemon import watch

from overseer.control.names import Choice, choose, fuzzy
from overseer.errors import UnknownName
from overseer.model.state import Goal
from overseer.model.status import Status

WATCHES = {
    one.name: one for one in (watch("web-1", "web"), watch("web-2", "web"), watch("db"), watch("x"))
}
UP = {name: Status(name=name, goal=Goal.UP) for name in WATCHES}


def aside(name: str, words: str, goal: Goal = Goal.DOWN) -> dict[str, Status]:
    return {**UP, name: replace(UP[name], goal=goal, set_by="root", set_words=words)}


def meant(*words: str, do: str = "restart", known: dict[str, Status] = UP) -> Choice:
    return choose([word for word in words if word != "--all"], "--all" in words, do, WATCHES, known)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["db"], ["db"]),
        (["@web"], ["web-1", "web-2"]),
        (["web"], ["web-1", "web-2"]),
        (["web-*"], ["web-1", "web-2"]),
        (["x", "d?"], ["db", "x"]),
        (["--all"], ["web-1", "web-2", "db", "x"]),
        (["db", "db", "@web", "web-1"], ["web-1", "web-2", "db"]),
    ],
)
def test_names_tags_and_globs_mean_watches_in_the_order_of_the_files(
    words: list[str], names: list[str]
) -> None:
    assert meant(*words).names == names


def test_a_watch_comes_before_a_tag_of_its_name() -> None:
    watches = {**WATCHES, "web": watch("web")}
    statuses = {**UP, "web": Status(name="web", goal=Goal.UP)}

    assert choose(["web"], False, "stop", watches, statuses).names == ["web"]
    assert choose(["@web"], False, "stop", watches, statuses).names == ["web-1", "web-2"]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("web_1", "did you mean 'web-1'?"),
        ("@wbe", "did you mean '@web'?"),
        ("zzz", "`overseer status` lists them"),
        ("q*", "lists them"),
    ],
)
def test_an_unknown_word_is_an_error_that_helps(word: str, says: str) -> None:
    with pytest.raises(UnknownName) as caught:
        meant("db", word)

    assert f"no watch or tag {word!r}" in str(caught.value)
    assert says in str(caught.value)


def test_every_unknown_word_is_named() -> None:
    with pytest.raises(UnknownName, match=r"(?s)'nope'.*'neither'"):
        meant("nope", "neither")


@pytest.mark.design("4.19")
@pytest.mark.parametrize("do", ["restart", "reload", "signal"])
def test_a_group_of_restart_is_those_wanted_up(do: str) -> None:
    known = aside("web-2", "--all")

    choice = meant("@web", do=do, known=known)

    assert choice.names == ["web-1"]
    assert choice.left_out == ("web-2 (stopped by root)",)
    assert meant("web-2", do=do, known=known).names == ["web-2"]


@pytest.mark.design("4.19")
@pytest.mark.parametrize("do", ["start", "monitor"])
def test_a_group_of_start_leaves_out_what_was_stopped_by_its_own_name(do: str) -> None:
    assert meant("--all", do=do, known=aside("db", "--all")).left_out == ()
    assert meant("--all", do=do, known=aside("db", "db")).left_out == ("db (stopped by root)",)
    unmonitored = aside("db", "db", Goal.UNMONITORED)
    assert meant("d*", do=do, known=unmonitored).left_out == ("db (unmonitored by root)",)
    assert meant("db", "--all", do=do, known=unmonitored).left_out == ()


@pytest.mark.design("4.19")
def test_a_group_of_stop_is_everybody_and_who_was_put_aside_by_name_stays_so() -> None:
    choice = meant("--all", do="stop", known=aside("db", "db"))

    assert choice.names == list(WATCHES)
    assert {one.name: one.words for one in choice.chosen} == {
        "web-1": "--all",
        "web-2": "--all",
        "db": "db",
        "x": "--all",
    }


@pytest.mark.case(159)
def test_log_takes_letters_in_order_and_the_shortest_name() -> None:
    assert fuzzy("w1", WATCHES) == "web-1"
    assert fuzzy("web", ["web-long", "webx", "web"]) == "web"
    assert fuzzy("eb", ["web-long", "webx"]) == "webx"
    with pytest.raises(UnknownName, match=r"'\['"):
        fuzzy("[", WATCHES)
