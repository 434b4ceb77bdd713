"""Values are filled in after parsing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from machines import machine

from overseer.config import Config, ConfigError, load

Problems = Callable[..., list[str]]
Read = Callable[..., Config]


def env_of(config: Config, name: str = "web") -> dict[str, str]:
    return dict(config.watches[name].program.env)


def test_variables_of_the_file_and_overseers_own_are_filled_in(read: Read, tmp_path: Path) -> None:
    config = read("""
        vars: {root: /srv, deep: "{{ root }}/a", n: 3, version: 1.10, zeros: 010, on: true}
        watches:
          web:
            command: x
            env:
              VARS: "{{ deep }} {{ n }} {{ version }} {{ zeros }} {{ on }}"
              OURS: "{{ watch }} {{ host }} {{ me }} {{ my_group }} {{ overseer }}"
              HERE: "{{ here }}"
              HOME: "{{ env.HOME }}"
    """)

    assert env_of(config) == {
        "VARS": "/srv/a 3 1.10 010 true",
        "OURS": "web mail1 ada staff /opt/overseer",
        "HERE": str(tmp_path),
        "HOME": "/home/ada",
    }


def test_more_than_names_is_left_to_jinja(read: Read) -> None:
    config = read("""
        vars: {ports: [8000, 8001], deep: {a: {b: c}}}
        watches:
          web:
            command: x
            env:
              A: "{% for port in ports %}{{ port + 1 }} {% endfor %}"
              B: "{{ env.get('NOT_SET', 'usual') }}"
              C: "{{ deep.a.b | upper }}"
    """)

    assert env_of(config) == {"A": "8001 8002 ", "B": "usual", "C": "C"}


@pytest.mark.field("J14")
@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("{%Y-%m-%d}", "{%Y-%m-%d}"),
        ("{%", "{%"),
        ("{% Y %}", "{% Y %}"),
        ("{%formatted}", "{%formatted}"),
        ("{#x", "{#x"),
        ("${#list} {# no comment #}", "${#list} {# no comment #}"),
        ("{%H} {#x} {{ root }}", "{%H} {#x} /srv"),
        ("{{ root }} {%- x -%}", "/srv {%- x -%}"),
        ("{{ '{%H}' }}", "{%H}"),
        ("{{ '{{' }}.Names}}", "{{.Names}}"),
        ("{{ '{{.Names}}' }}", "{{.Names}}"),
        ("{% raw %}{{.Names}} {%Y}{% endraw %}", "{{.Names}} {%Y}"),
        ("{% if root %}{%H}{% else %}{#x{% endif %}", "{%H}"),
    ],
)
def test_braces_that_fill_in_nothing_stand_as_they_are(
    written: str, filled: str, read: Read
) -> None:
    config = read(f"""
        vars: {{root: /srv, format: "{written}"}}
        watches:
          web:
            command: [/bin/date, "+{written}"]
            env: {{A: "{written}", B: "{{{{ format }}}}"}}
    """)

    program = config.watches["web"].program
    assert program.env == {"A": filled, "B": filled}
    assert program.command == ("/bin/date", f"+{filled}")


@pytest.mark.field("J14")
@pytest.mark.parametrize("written", ["{{.Names}}", "{{ range . }}", "{{%H}}", "{{"])
def test_what_is_no_expression_is_refused_with_how_to_write_it(
    written: str, problems: Problems
) -> None:
    (message,) = problems(f'watches: {{web: {{command: x, env: {{A: "{written}"}}}}}}\n')

    assert "cannot be filled in" in message
    assert message.endswith("; where {{ is meant as it stands, write {{ '{{' }}")


def test_a_variable_cannot_become_structure(read: Read) -> None:
    config = read("""
        vars: {evil: "x, user: root}"}
        watches:
          web: {command: x, env: {A: "{{ evil }}"}}
    """)

    assert env_of(config) == {"A": "x, user: root}"}
    assert config.watches["web"].program.user is None


@pytest.mark.case(30)
@pytest.mark.parametrize("form", ["env.NOT_SET", "env['NOT_SET'] | upper"])
def test_an_environment_variable_that_is_not_set_stops_the_load(
    form: str, problems: Problems
) -> None:
    (found,) = problems(f'vars:\n  a: "{{{{ {form} }}}}"\nwatches: {{}}\n')

    assert found.startswith("2:6: ")
    assert "the environment variable NOT_SET is not set" in found


def test_a_variable_that_is_not_there_is_named_with_the_nearest_one(problems: Problems) -> None:
    found = problems('vars: {root: /srv}\nwatches: {web: {command: "{{ rot }}/x"}}\n')

    assert found == ["2:26: there is no variable rot; did you mean root?"]


def test_one_bad_variable_is_one_problem_however_often_it_is_used(problems: Problems) -> None:
    found = problems("""
        vars: {root: "{{ env.NOT_SET }}"}
        watches:
          a: {command: "{{ root }}/a"}
          b: {command: "{{ root | upper }}/b"}
    """)

    assert len(found) == 1


def test_a_name_of_overseers_own_cannot_be_taken(problems: Problems) -> None:
    assert problems("vars: {env: x}\n") == ["1:8: vars: env is overseer's own; choose another name"]


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{% include '/etc/passwd' %}",
        "{{ here.__init__.__globals__ }}",
    ],
)
def test_the_sandbox_gives_nothing_away(attack: str, problems: Problems) -> None:
    (found,) = problems(f'watches: {{web: {{command: x, env: {{A: "{attack}"}}}}}}\n')

    assert "cannot be filled in" in found


@pytest.mark.field("K12")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{{ 'x' * 5000000000 }}", "it makes too much"),
        ("{{ 9 ** 9999999 }}", "it makes too much"),
        ("{{ '%999999999d' % 1 }}", "it makes too much"),
        ("{{ " + "(" * 3000, "it is too deep"),
        ("{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}x", "loop"),
    ],
)
def test_no_value_takes_all_of_the_memory_or_the_time(
    value: str, message: str, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overseer.config.jinja.LONGEST_RENDERING", 0.2)

    (problem,) = problems(f'watches: {{web: {{command: /bin/true, env: {{A: "{value}"}}}}}}')

    assert message in problem
    assert len(problem) < 1100


def test_a_template_that_does_not_parse_is_said(problems: Problems) -> None:
    (found,) = problems('watches: {web: {command: "{{ x"}}\n')

    assert found.startswith("1:26: '{{ x' cannot be filled in: ")


def test_only_a_j2_file_is_rendered_as_a_whole(write: Callable[..., Path]) -> None:
    path = write(
        """
        watches:
        {% for n in range(2) %}
          web{{ n }}: {command: "x {{ env.STAGE }}"}
        {% endfor %}
        """,
        "many.yml.j2",
    )

    config = load([path], check_host=False, host=machine())

    assert [watch.program.command for watch in config.watches.values()] == [("x", "production")] * 2


def test_a_mistake_in_a_j2_file_is_said_with_its_line(write: Callable[..., Path]) -> None:
    path = write("watches: {}\n{% for %}\n", "bad.yml.j2")

    with pytest.raises(ConfigError, match=r"bad\.yml\.j2:2:1: the file cannot be filled in"):
        load([path], check_host=False, host=machine())


def test_plain_names_do_not_cost_an_import_of_jinja(write: Callable[..., Path]) -> None:
    path = write('vars: {a: x}\nwatches: {web: {command: "{{ a }} {{ env.PATH }}"}}\n')
    code = "import sys; from overseer.config import load; load([sys.argv[1]], check_host=False);"

    done = subprocess.run(
        [sys.executable, "-c", f"{code} print('jinja2' in sys.modules)", path],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"
