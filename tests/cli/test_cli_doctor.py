"""One line a look, a code for scripts."""

import json

from test_cli_main import run

from overseer.errors import NoDaemon


def test_that_no_daemon_answers_is_a_problem_and_the_rest_is_looked_at() -> None:
    code, out, err, asked = run("doctor", error=NoDaemon("/x.sock: nobody"))

    assert (code, err) == (1, "")
    assert asked[0][0] == "doctor"
    lines = out.splitlines()
    assert lines[0].startswith("problem  daemon             /x.sock: nobody; ")
    assert any(line.startswith("ok       kernel") for line in lines)
    assert lines[-1].split(",")[0].removesuffix("s").endswith("problem")


def test_for_programs_it_is_one_object() -> None:
    code, out, _, _ = run("doctor --json", error=NoDaemon("/x.sock: nobody"))

    found = json.loads(out)
    assert code == 1
    assert found["problems"] >= 1
    assert found["findings"][0]["level"] == "problem"
    assert found["findings"][0].keys() == {"level", "check", "said", "do"}
