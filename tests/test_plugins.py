"""Ours and other people's conditions, behaviors and contacts are found alike."""

import inspect
import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from overseer import plugins
from overseer.behaviors.base import Behavior
from overseer.conditions.base import Condition, Polled, Scene
from overseer.contacts.base import Contact
from overseer.errors import PluginError
from overseer.plugins import Plugin

ROOT = Path(__file__).parents[1]
BASES = {"conditions": Condition, "behaviors": Behavior, "contacts": Contact}
groups = pytest.mark.parametrize("group", plugins.OURS)


@groups
def test_the_built_in_table_is_that_of_pyproject(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    table = {name: plugin.value for name, plugin in plugins.ours(group).items()}
    assert table == project["entry-points"][f"overseer.{group}"]


@groups
def test_each_of_ours_loads_and_is_what_it_says(group: str) -> None:
    for plugin in plugins.ours(group).values():
        assert issubclass(plugins.load(plugin, BASES[group]), BASES[group])


@groups
def test_each_class_of_the_room_is_in_the_table(group: str) -> None:
    values = {plugin.value for plugin in plugins.ours(group).values()}
    for path in (ROOT / "overseer" / group).glob("*.py"):
        module = import_module(f"overseer.{group}.{path.stem}")
        for name, kind in inspect.getmembers(module, inspect.isclass):
            own = kind.__module__ == module.__name__ and issubclass(kind, BASES[group])
            if own and path.stem != "base":
                assert f"{module.__name__}:{name}" in values


@groups
def test_what_is_installed_is_found_unloaded(group: str) -> None:
    assert plugins.find(group).keys() >= plugins.ours(group).keys()


@pytest.mark.case(127)
def test_an_unknown_name_is_an_error_with_the_nearest() -> None:
    with pytest.raises(PluginError, match="no condition is called 'memory'; did you mean memory_"):
        plugins.named("conditions", "memory")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no.such.module:Thing", "x (no.such.module:Thing) does not import: No module named 'no'"),
        ("overseer.units:Thing", "does not import: module 'overseer.units' has no attribute"),
        ("overseer.units:seconds", "x (overseer.units:seconds) is no condition"),
        ("overseer.contacts.email:Email", "x (overseer.contacts.email:Email) is no condition"),
    ],
)
def test_one_that_is_broken_is_an_error_that_names_it(value: str, said: str) -> None:
    with pytest.raises(PluginError) as caught:
        plugins.load(Plugin("x", value), Condition)

    assert said in str(caught.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(Polled):
    """Whoever wrote it forgot half of it."""

    def measure(self, scene: Scene) -> bool:
        return True

    def show(self, value: bool) -> str:
        return "yes"


@pytest.mark.case(127)
def test_a_condition_that_is_not_finished_is_an_error_that_says_what_it_lacks() -> None:
    plugin = Plugin("idle", f"{__name__}:Idle", "elsewhere")

    with pytest.raises(PluginError, match="does not define met, explain"):
        plugins.load(plugin, Condition)
