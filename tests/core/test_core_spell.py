"""How rows and values read."""

from dataclasses import replace

from overseer.conditions.base import Times
from overseer.conditions.cpu_usage import CpuUsage
from overseer.conditions.flapping import Flapping
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.core import spell
from overseer.model.program import StopStep
from overseer.model.schedule import Schedule
from overseer.model.transition import Notify, Transition
from overseer.model.watch import RestartDelay

MEMORY = MemoryUsage(above=100 * 2**20, times=Times(3, 5), tree=True)


def test_a_condition_reads_as_in_its_file_with_units() -> None:
    assert spell.kind(MEMORY) == "memory_usage"
    assert spell.options(MEMORY) == "above 100MB, tree"
    assert spell.when(MEMORY) == "memory_usage above 100MB, tree (3 of 5)"
    assert (
        spell.when(replace(MEMORY, times=Times(5, 5))) == "memory_usage above 100MB, tree (5 times)"
    )
    assert spell.when(CpuUsage(above=50.0)) == "cpu_usage above 50%"


def test_an_option_with_a_default_of_none_has_its_unit_too() -> None:
    flapping = Flapping(times=Times(5, 5), within=300.0, retry_in=600.0, to_state=("start",))

    assert spell.options(flapping) == "within 5m, to_state start, retry_in 10m"


def test_a_row_of_the_graph_reads_as_a_sentence() -> None:
    look = Transition(("init",), ProcessRunning(running=True), "up", "start")
    held = Transition((), ProcessExits(), "unmonitored")

    assert spell.row(look) == "init -> up when process_running running, else start"
    assert spell.row(held) == "any state -> unmonitored when process_exits"


def test_values_read_as_people_write_them() -> None:
    assert spell.value(True) == "true"
    assert spell.value(90.0) == "1m30s"
    assert spell.value(()) == "none"
    assert spell.value(("/bin/serve", "-p", "80")) == "/bin/serve -p 80"
    assert spell.value((StopStep(15, 30.0),)) == "SIGTERM 30s"
    assert spell.value(Notify(("ops", "dev"))) == "ops, dev"
    assert spell.value(Schedule("0 4 * * *", "UTC")) == "0 4 * * * UTC"
    assert spell.value({"A": "1"}) == "A=1"
    assert spell.value(RestartDelay()).startswith("first 0s, next 1s, factor 2, max 1m, jitter 10%")
