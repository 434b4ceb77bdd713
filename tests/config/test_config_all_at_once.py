"""Problems of a watch are true, said once, and hide no other of that watch."""

from collections.abc import Callable

import pytest

Problems = Callable[..., list[str]]
MORE = "memroy: 3, interval: abc"
KEY, INTERVAL = "there is no key memroy", "interval: 'abc' is not understood"


def messages(found: list[str]) -> list[str]:
    return [line.partition(": ")[2] for line in found]


@pytest.mark.field("M5")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("each: 5", "each: '5' is not understood"),
        ("each: []", "each: is empty"),
        ("each: [{x: 1}]", "a mapping cannot be part of a name"),
        ("each: [a/b]", "'a/b' cannot be part of a name"),
        ('each: "{{ nope }}"', "there is no variable nope"),
        ('each: [{name: a, x: "{{ nope }}"}]', "there is no variable nope"),
        ("each: [!x a]", "the tag !x is not understood"),
        ("instances: many", "instances: 'many' is not understood"),
        ("use: nowhere", "there is no template nowhere"),
        ("use: [5, nowhere]", "there is no template"),
        ("use: {a: b}", "use: a mapping is not understood"),
        ("vars: {item: 5}", "there is no key vars; vars stands at the top"),
    ],
)
def test_what_makes_no_watch_hides_nothing_of_it(wrong: str, said: str, problems: Problems) -> None:
    command = "" if "use" in wrong else 'command: "/bin/sleep {{ item }} {{ instance }}", '
    if "vars" in wrong:
        command = 'command: "/bin/sleep {{ item }}", '
    if "each" not in wrong:
        command = command.replace("{{ item }} ", "")
    found = messages(problems(f"watches: {{web: {{{command}{wrong}, {MORE}}}}}"))

    assert any(said in one for one in found)
    assert any(KEY in one for one in found)
    assert any(INTERVAL in one for one in found)
    wanted = {said, KEY, INTERVAL, "no variable instance", "no template"}
    assert [one for one in found if not any(part in one for part in wanted)] == []


@pytest.mark.field("M5")
@pytest.mark.parametrize(
    "text",
    [
        'vars: 5\nwatches: {web: {command: "sleep {{ x }}"}}',
        'vars: {x: "{{ y }}"}\nwatches: {web: {command: "sleep {{ x }}"}}',
        'vars: {x: ["{{ y }}"]}\nwatches: {web: {command: a, interval: "{{ x[0] }}"}}',
        "templates: 5\nwatches: {web: {use: t}}",
        "templates: {t: 5}\nwatches: {web: {use: t, with: {p: 1}}}",
        'watches: {web: {use: t, with: {p: 1}, env: {A: "{{ p }} {{ q | upper }}"}}}',
        "include: nowhere/*.yml\nwatches: {web: {use: t, notify: ops, depends_on: db}}",
        "contacts: 5\nwatches: {web: {command: a, notify: ops}}",
        "watches: {web: {command: a, depends_on: db}, db: 5}",
        "watches: {web: {command: a, depends_on: db-a}, db: {each: 5, command: a}}",
        'watches: {web: {command: a, on_exit: "{{ nope }}"}}',
    ],
)
def test_nothing_is_said_of_what_follows_from_another_problem(
    text: str, problems: Problems
) -> None:
    assert len(problems(text)) == 1


@pytest.mark.field("M5")
def test_a_bad_value_hides_no_problem_of_the_graph_and_of_this_machine(problems: Problems) -> None:
    found = messages(
        problems(
            "watches: {web: {command: a, interval: abc, user: nobodyhere, transitions: [],"
            " notify: ops, depends_on: db}}",
            check_host=True,
        )
    )

    for part in ("interval", "no user nobodyhere", "up cannot be reached", "no contact ops"):
        assert any(part in one for one in found), part
    assert any("no watch or tag db" in one for one in found)


@pytest.mark.field("M5")
def test_no_instances_are_read_too(problems: Problems) -> None:
    assert len(problems("watches: {web: {instances: 0, command: a, interval: abc}}")) == 1
    assert problems("watches: {web: {instances: 0, command: a, user: nobodyhere}}") == []


@pytest.mark.field("M5")
def test_a_command_is_missing_beside_another_key_that_there_is_not(problems: Problems) -> None:
    assert len(problems("watches: {web: {memroy: 3}}")) == 2
    assert len(problems("watches: {web: {comand: a}}")) == 1
    assert len(problems("watches: {web: {x-a: 1, exe: a}}")) == 1
