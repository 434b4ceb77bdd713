"""One definition makes many watches: templates, each, instances."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from machines import machine

from overseer.config import Config, load
from overseer.model.copies import Scale

Read = Callable[..., Config]
Problems = Callable[..., list[str]]


def test_instances_are_numbered_tagged_and_told_which_they_are(read: Read) -> None:
    watches = read(
        """
        watches:
          web:
            command: /bin/serve --port 800{{ instance }}
            instances: 3
            tags: site
        """
    ).watches

    assert list(watches) == ["web-1", "web-2", "web-3"]
    second = watches["web-2"]
    assert second.program.command == ("/bin/serve", "--port", "8002")
    assert second.program.env == {"OVERSEER_INSTANCE": "2"}
    assert second.tags == ("site", "web")


def test_each_of_a_list_and_of_a_mapping_makes_a_watch(read: Read) -> None:
    watches = read(
        """
        watches:
          worker: {command: "/bin/w {{ item }}", each: [mail, sms]}
          port: {command: "/bin/p {{ key }} {{ value }}", each: {a: 1, b: 2}}
          shop: {command: "/bin/s {{ item.root }}", each: [{name: x, root: /srv/x}]}
        """
    ).watches

    commands = {name: " ".join(watch.program.command or ()) for name, watch in watches.items()}
    assert commands == {
        "worker-mail": "/bin/w mail",
        "worker-sms": "/bin/w sms",
        "port-a": "/bin/p a 1",
        "port-b": "/bin/p b 2",
        "shop-x": "/bin/s /srv/x",
    }


def test_each_and_instances_stand_together(read: Read) -> None:
    text = "watches: {w: {command: x, each: [a, b], instances: 2}}"
    watches = read(text).watches

    assert list(watches) == ["w-a-1", "w-a-2", "w-b-1", "w-b-2"]
    assert watches["w-a-1"].tags == ("w", "w-a")


TEMPLATE = """
templates:
  rails:
    with: {root: , workers: 2}
    command: "{{ root }}/bin/puma -w {{ workers }}"
    env: {STAGE: production, A: template}
    interval: 7s
"""


def test_a_template_is_filled_in_and_gives_way_to_the_watch(read: Read) -> None:
    watch = read(
        TEMPLATE
        + """
defaults: {interval: 9s, env: {B: default}}
watches:
  shop: {use: rails, with: {root: /srv/shop}, env: {A: own}}
"""
    ).watches["shop"]

    assert watch.program.command == ("/srv/shop/bin/puma", "-w", "2")
    assert watch.program.env == {"B": "default", "STAGE": "production", "A": "own"}
    assert watch.interval == 7.0


def test_a_template_may_stand_in_a_file_that_is_read_later(write: Callable[..., Path]) -> None:
    root = write(
        """
        include: later.yml
        watches: {shop: {use: [rails, quick], with: {root: /srv/shop, workers: 8}}}
        """
    )
    write(TEMPLATE + "  quick: {interval: 1s}\n", "later.yml")

    watch = load([root], check_host=False, host=machine()).watches["shop"]

    assert (watch.interval, watch.program.command) == (1.0, ("/srv/shop/bin/puma", "-w", "8"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("{use: rials, with: {root: /x}}", "web: there is no template rials; did you mean rails?"),
        ("{use: rails}", "needs root; write with: {root: …}"),
        (
            "{use: rails, with: {root: /x, rot: 1}}",
            "web: with: there is no rot; did you mean root?",
        ),
        ("{command: x, with: {a: 1}}", "there is no a; no template that it uses has it"),
        ("{command: x, instances: two}", "web: instances: 'two' is not understood; write 4"),
        ("{command: x, instances: 5000}", "5000 is not between 0 and 1000"),
        ("{command: x, each: mail}", "each: 'mail' is not understood; write each: [mail, sms]"),
        ("{command: x, each: [a b]}", "each: 'a b' cannot be part of a name"),
        (
            "{command: x, each: [{port: 1}]}",
            "each: a mapping cannot be part of a name; write name:",
        ),
        ("{command: x, each: [a, a]}", "web: each: a is here twice, first at"),
        ("{start: x, pid_file: /run/x.pid, instances: 1}", "write /run/x-{{ instance }}.pid"),
    ],
)
def test_what_cannot_be_copied_is_said_with_what_to_write(
    problems: Problems, lines: str, said: str
) -> None:
    found = problems(f"{TEMPLATE.strip()}\nwatches:\n  web: {lines}\n")

    assert any(said in line for line in found), found


def test_no_instances_are_no_watch(read: Read) -> None:
    assert read("watches: {web: {command: x, instances: 0}}").watches == {}


def test_how_many_may_stand_in_a_template(read: Read) -> None:
    """And gives way to the watch, as everything there does."""
    watches = read(
        """
        templates:
          rails: {with: {workers: 2}, command: x, instances: "{{ workers }}"}
        watches:
          shop: {use: rails}
          blog: {use: rails, instances: 1}
          wiki: {use: rails, instances: null}
        """
    ).watches

    assert list(watches) == ["shop-1", "shop-2", "blog-1", "wiki"]


def test_a_template_uses_no_other(problems: Problems) -> None:
    [said] = problems(
        """
        templates:
          rails: {command: x}
          mine: {use: rails}
        watches:
          web: {use: [rails, mine]}
        """
    )

    assert "template mine: a template uses no other; name both where they are used" in said


@pytest.mark.parametrize("pid_file", ["/run/{{ watch }}.pid", "/run/{{ instance }}.pid"])
def test_a_pid_file_tells_copies_apart(read: Read, pid_file: str) -> None:
    text = f"""
        watches:
          web: {{start: x, pid_file: "{pid_file}", instances: 2}}
    """
    files = {watch.program.pid_file for watch in read(text).watches.values()}

    assert len(files) == 2


def test_an_operator_has_as_many_as_he_likes_until_the_file_says_otherwise(
    write: Callable[..., Path],
) -> None:
    path = write("watches: {web: {command: x, instances: 3}}")
    wish = Scale(name="web", instances=1, written=3, by="ann")

    def names(scale: Scale) -> list[str]:
        found = load([path], check_host=False, host=machine(), scales={"web": scale})
        return list(found.watches)

    assert names(wish) == ["web-1"]
    assert names(replace(wish, written=2)) == ["web-1", "web-2", "web-3"]


def test_files_may_be_read_again_as_they_were(write: Callable[..., Path], tmp_path: Path) -> None:
    """Two loads at two times: each root as it was at its own."""
    (tmp_path / "conf.d").mkdir()
    part = tmp_path / "conf.d" / "a.yml"
    part.write_text("watches: {a: {command: x}}")
    one = write("include: conf.d/*.yml")
    first = load([one], check_host=False, host=machine())
    (tmp_path / "conf.d" / "b.yml").write_text("watches: {b: {command: x}}")
    part.write_text("watches: {a: {command: y}}")
    other = tmp_path / "other.yml"
    other.write_text("watches: {c: {command: z}}")
    second = load([one, other], check_host=False, host=machine())

    texts = first.texts.renewed(second.texts, [str(other)], [str(other)])
    again = load([one, other], check_host=False, host=machine(), texts=texts)

    commands = {name: watch.program.command for name, watch in again.watches.items()}
    assert commands == {"a": ("x",), "c": ("z",)}
