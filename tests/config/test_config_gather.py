"""Several files: includes, folders, what holds where, and what belongs to which."""

from collections.abc import Callable
from pathlib import Path

import pytest
from machines import machine

from overseer.config import Config, ConfigError, load
from overseer.config.files import Texts
from overseer.model.watch import Watch

Write = Callable[..., Path]
Make = Callable[..., Watch]


def offline(*paths: Path) -> Config:
    return load(paths, check_host=False, host=machine())


def complaints(*paths: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        offline(*paths)
    folder = f"{paths[0].parent}/"
    return [str(one).replace(folder, "") for one in caught.value.problems if not one.warning]


@pytest.mark.case(173)
def test_a_pattern_is_sorted_and_relative_to_its_file_and_each_match_is_read_once(
    write: Write,
) -> None:
    root = write("include: conf.d/*.yml\n", "etc/overseer.yml")
    for name in ("b", "a", "c"):
        write(f"watches: {{{name}: {{command: x}}}}\n", f"etc/conf.d/{name}.yml")

    config = offline(root)

    assert list(config.watches) == ["a", "b", "c"]
    folder = f"{root.parent}/conf.d"
    assert config.sources == {
        str(root): (str(root), f"{folder}/a.yml", f"{folder}/b.yml", f"{folder}/c.yml")
    }


@pytest.mark.case(168)
def test_a_folder_means_its_watch_files_in_name_order(write: Write, tmp_path: Path) -> None:
    for name in ("b.yml", "a.yml", "c.yaml"):
        write(f"watches: {{{name[0]}: {{command: x}}}}\n", f"conf/{name}")
    write("not: yaml: at all", "conf/notes.txt")
    write("not: yaml: at all", "conf/.hidden.yml")

    config = offline(tmp_path / "conf")

    assert list(config.watches) == ["a", "b", "c"]
    assert config.roots == dict.fromkeys("abc", str(tmp_path / "conf"))


@pytest.mark.case(2)
def test_one_watch_is_one_watch_without_tags_that_is_wanted_up(write: Write) -> None:
    config = offline(write("watches: {foo: {command: x}}\n"))

    assert [(name, one.tags, one.autostart) for name, one in config.watches.items()] == [
        ("foo", (), True)
    ]


def test_each_watch_knows_its_file_and_its_root(write: Write) -> None:
    root = write("include: more.yml\nwatches: {web: {command: x}}\n")
    more = write("watches:\n  db: {command: y}\n", "more.yml")

    config = offline(root)

    assert config.watches["db"].origin.file == str(more)
    assert config.watches["db"].origin.line == 2
    assert config.roots == {"web": str(root), "db": str(root)}
    assert config.files[more] == more.read_text()


def test_a_pattern_that_matches_nothing_is_an_error(write: Write) -> None:
    path = write("include: [conf.d/*.yml]\n")

    assert complaints(path) == [
        "web.yml:1:11: include: no file matches conf.d/*.yml; write one, or mend the pattern"
    ]


def test_a_file_that_includes_itself_is_an_error(write: Write) -> None:
    path = write("include: b.yml\n", "a.yml")
    write("include: a.yml\n", "b.yml")

    (found,) = complaints(path)

    assert found == "b.yml:1:10: include: a.yml leads back to itself; take it out of the pattern"


def test_a_file_included_twice_is_an_error_naming_both_places(write: Write) -> None:
    path = write("include: [b.yml, c.yml]\n", "a.yml")
    write("include: c.yml\n", "b.yml")
    write("watches: {}\n", "c.yml")

    (found,) = complaints(path)

    assert found == "a.yml:1:18: c.yml is included twice, first at b.yml:1"


def test_a_file_named_twice_on_the_command_line_is_read_once(write: Write) -> None:
    path = write("watches: {web: {command: x}}\n")

    assert list(offline(path, path).watches) == ["web"]


@pytest.mark.case(4)
def test_a_watch_in_two_files_is_an_error_naming_both_places(write: Write) -> None:
    first = write("watches: {web: {command: x}}\n", "a.yml")
    second = write("watches: {web: {command: x}}\n", "b.yml")

    assert complaints(first, second) == [
        "b.yml:1:11: the watch web is here and at a.yml:1; write it once"
    ]


@pytest.mark.case(4)
def test_a_watch_twice_in_one_file_is_an_error(write: Write) -> None:
    path = write("watches:\n  web: {command: x}\n  web: {command: y}\n")

    assert complaints(path) == ["web.yml:3:3: web is here twice, first in line 2"]


def test_a_contact_in_two_files_is_an_error_naming_both_places(write: Write) -> None:
    first = write("contacts: {ops: {email: a@b.c}}\n", "a.yml")
    second = write("contacts: {ops: {email: a@b.c}}\n", "b.yml")

    assert complaints(first, second) == [
        "b.yml:1:12: contacts: ops is here and at a.yml:1; write it once"
    ]


@pytest.mark.case(8)
def test_the_order_of_keys_and_files_does_not_matter(write: Write) -> None:
    path = write("""
        watches: {web: {command: "{{ what }}", notify: ops}}
        include: later.yml
        vars: {what: x}
        defaults: {interval: 7s}
        settings: {log_files: 2}
    """)
    write("contacts: {ops: {email: a@b.c}}\n", "later.yml")

    config = offline(path)

    assert config.watches["web"].interval == 7.0
    assert config.settings.log_files == 2


def test_variables_hold_in_their_file_and_the_files_it_includes(write: Write) -> None:
    root = write("vars: {a: 1, b: 2}\ninclude: [one.yml, two.yml]\n")
    write("vars: {b: 3}\nwatches: {one: {command: '{{ a }}-{{ b }}'}}\n", "one.yml")
    write("watches: {two: {command: '{{ a }}-{{ b }}'}}\n", "two.yml")

    watches = offline(root).watches

    assert watches["one"].program.command == ("1-3",)
    assert watches["two"].program.command == ("1-2",)


def test_here_is_the_folder_of_the_file_it_stands_in(write: Write) -> None:
    root = write("vars: {top: '{{ here }}'}\ninclude: sub/one.yml\n")
    write("watches: {one: {command: '{{ top }} {{ here }}'}}\n", "sub/one.yml")

    command = offline(root).watches["one"].program.command

    assert command == (str(root.parent), f"{root.parent}/sub")


def test_a_copy_of_a_file_is_called_by_the_name_of_the_original(write: Write) -> None:
    path = write("watches: {one: {command: '{{ here }}'}}\n", "copies/etc/one.yml")
    below = str(path).removesuffix("/etc/one.yml")

    config = load(["/etc/one.yml"], check_host=False, texts=Texts(below))

    assert config.watches["one"].program.command == ("/etc",)
    assert config.watches["one"].origin.file == "/etc/one.yml"


def test_defaults_hold_where_nothing_is_written_and_mappings_merge_key_by_key(
    write: Write,
) -> None:
    root = write("""
        defaults:
          interval: 7s
          nice: 5
          tags: [all]
          env: {A: 1, B: 2}
          restart_if: {cpu_usage: 90%, memory_usage: 1GB}
        include: more.yml
        watches:
          web:
            command: x
            tags: [own]
            nice: null
            env: {B: 3, A: null}
            restart_if: {cpu_usage: 50%, memory_usage: ~}
    """)
    write("defaults: {interval: 9s}\nwatches: {db: {command: y}}\n", "more.yml")

    web, db = offline(root).watches["web"], offline(root).watches["db"]

    assert (web.interval, web.tags, web.program.nice) == (7.0, ("own",), None)
    assert web.program.env == {"B": "3"}
    assert [getattr(row.when, "above", None) for row in web.transitions[3:]] == [50.0]
    assert (db.interval, db.tags, db.program.nice) == (9.0, ("all",), 5)


def test_defaults_are_filled_in_for_each_watch(write: Write) -> None:
    root = write("""
        defaults: {log: "/var/log/{{ watch }}.log"}
        watches: {a: {command: x}, b: {command: y}}
    """)

    assert [one.program.log for one in offline(root).watches.values()] == [
        "/var/log/a.log",
        "/var/log/b.log",
    ]


def test_defaults_never_add_to_transitions_that_are_spelled_out(write: Write) -> None:
    root = write("""
        defaults: {memory: 100MB, flapping: {times: 3}}
        watches:
          web:
            command: x
            transitions:
              - {from: init, when: {process_running: true}, to: up, else: start}
              - {from: [start, restart], when: {process_running: true}, to: up}
    """)

    web = offline(root).watches["web"]

    assert (len(web.transitions), web.lifecycle) == (2, ())


def test_a_watch_displaces_the_defaults_that_mean_the_same(write: Write) -> None:
    root = write("""
        defaults: {user: ada, stop_timeout: 9s, command: x}
        watches:
          web: {uid: root, stop_signals: [QUIT, 3s], start: y, pid_file: /run/web.pid}
    """)

    program = offline(root).watches["web"].program

    assert (program.user, program.stop_timeout, program.command) == ("root", 3.0, None)


def test_a_mistake_in_defaults_is_said_once_however_many_watches_have_it(write: Write) -> None:
    root = write("""
        defaults: {intervall: 7s}
        watches: {a: {command: x}, b: {command: y}}
    """)

    assert complaints(root) == [
        "web.yml:1:12: defaults: there is no key intervall; did you mean interval?"
    ]


@pytest.mark.case(3)
def test_tags_put_watches_together_in_the_order_of_the_file(write: Write) -> None:
    root = write("""
        watches:
          b: {command: x, tags: test}
          a: {command: x, tags: [test, more]}
    """)

    tagged = [name for name, one in offline(root).watches.items() if "test" in one.tags]
    assert tagged == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watchs: {}\n", "1:1: a watch file has no watchs; did you mean watches?"),
        ("command: x\n", "1:1: a watch file has no command; it has include, vars"),
        ("- web\n", "1:1: a list is no watch file; begin with `watches`"),
        ("just text\n", "1:1: text is no watch file; begin with `watches`"),
        ("watches: [web]\n", "1:10: watches: a list is not understood; write a mapping"),
        ("watches: {web: /bin/x}\n", "1:11: web: '/bin/x' is not understood; write web: {comm"),
        ("watches:\n  web:\n", "2:3: web: nothing is not understood; write web: {command"),
        ("include: {a: b}\n", "1:10: include: a mapping is not understood; write conf.d/*.yml"),
    ],
)
def test_a_file_that_is_no_watch_file_is_said(text: str, said: str, write: Write) -> None:
    (found,) = complaints(write(text))

    assert found.startswith(f"web.yml:{said}")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path / "none.yml")

    assert found.startswith("none.yml:1:1: no such file")


def test_a_problem_in_one_file_hides_none_in_another(write: Write) -> None:
    first = write("watches: {web: {command: x | y}}\n", "a.yml")
    second = write("watches: {db: {commnd: x}}\n", "b.yml")

    assert [line.split(":")[0] for line in complaints(first, second)] == ["a.yml", "b.yml"]
