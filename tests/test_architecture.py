"""The rules of the house that a machine can check."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "overseer"
MODULES = sorted(PACKAGE.rglob("*.py"))
LAYERS = (  # a room may import from itself and from the lines above its own
    "__init__ accounts errors units help_text terminal",
    "paths options trust crew credentials log_format log_limit command_line patterns",
    "matcher_helper",
    "safepoint",
    "safe_path",
    "safe_files",
    "env_file forking safe_sockets",
    "matcher",
    "model",
    "outbox",
    "mail",
    "ports",
    "network",
    "conditions behaviors contacts",
    "core plugins",
    "config dependencies one_by_one",
    "importers",
    "engine rounds system store alerts",
    "testing control",
    "doctor",
    "daemon",
    "app",
    "cli",
    "__main__",
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
HOMES = {
    "apscheduler": {"system"},
    "psutil": {"conditions"},
    "yaml": {"config"},
    "jinja2": {"config", "alerts", "contacts", "mail"},
    "slixmpp": {"contacts"},
    "apprise": {"contacts"},
    "aiosmtpd": {"mail"},
    "django": {"mail"},
    "dkim": {"mail"},
    "pytest": {"mail"},
    "psycopg": {"outbox"},
    "procrastinate": {"outbox"},
}
LONGEST = 300
PURE = ("asyncio", "logging", "os", "socket", "subprocess", "threading", "time", "random")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def tree(path: Path) -> ast.Module:
    """Parsed once, however many rules look at it."""
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> list[list[str]]:
    """Each import as its dotted parts: from overseer.core import machine -> overseer, core, ..."""
    found: list[list[str]] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            found.extend(f"{node.module}.{name.name}".split(".") for name in node.names)
        elif isinstance(node, ast.Import):
            found.extend(name.name.split(".") for name in node.names)
    return found


def typing_only(path: Path) -> set[str]:
    """Rooms named for the type checker alone, under `if TYPE_CHECKING`."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom) and inner.module:
                    found.add(inner.module.split(".")[1])
    return found


def test_imports_point_inward() -> None:
    assert {str(path): rooms for path in MODULES if (rooms := outward(path))} == {}


def outward(path: Path) -> set[str]:
    own = room_of(path)
    names = (parts[1] for parts in imported(path) if parts[0] == "overseer" and len(parts) > 1)
    rooms = {name if name in RANK else "__init__" for name in names} - {own} - typing_only(path)
    return {room for room in rooms if RANK[room] >= RANK[own]}


@pytest.mark.parametrize(("library", "rooms"), HOMES.items())
def test_a_library_stays_at_home(library: str, rooms: set[str]) -> None:
    users = {room_of(path) for path in MODULES if library in (p[0] for p in imported(path))}
    assert users <= rooms


@pytest.mark.parametrize("room", ["core", "model"])
def test_what_decides_touches_nothing(room: str) -> None:
    used = {parts[0] for path in (PACKAGE / room).glob("*.py") for parts in imported(path)}
    assert used & set(PURE) == set()


def test_a_condition_starts_no_threads_and_no_programs() -> None:
    """Rounds give it a thread, and `Scene.run` runs what it wants run."""
    used = {parts[0] for path in (PACKAGE / "conditions").glob("*.py") for parts in imported(path)}
    assert used & {"asyncio", "logging", "subprocess", "threading"} == set()


def test_a_file_fits_in_the_head() -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_a_module_says_what_it_is_for() -> None:
    mute = [path for path in MODULES if path.stat().st_size and not ast.get_docstring(tree(path))]
    assert mute == []


def test_every_plugin_of_ours_is_an_entry_point() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    for room in ("conditions", "behaviors"):
        named = {value.split(":")[0] for value in table[f"overseer.{room}"].values()}
        files = {f"overseer.{room}.{path.stem}" for path in (PACKAGE / room).glob("*.py")}
        assert files - {f"overseer.{room}.__init__", f"overseer.{room}.base"} == named


def test_no_test_waits_for_a_time_but_the_live_ones() -> None:
    """They have a fake clock, or an event that they wait for."""
    tests = ROOT / "tests"
    timed = (tests / "live", tests / "chaos")
    helper = tests / "real_daemon.py"
    paths = [it for it in tests.rglob("*.py") if it.parent not in timed and it != helper]
    found = {
        f"{path.relative_to(tests)}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and waits_for_a_time(node.func)
    }
    assert found == set()


def waits_for_a_time(function: ast.expr) -> bool:
    """time.sleep, asyncio.sleep, or an event that nobody else can set."""
    if isinstance(function, ast.Attribute) and function.attr == "wait":
        owner = function.value
        return isinstance(owner, ast.Call) and getattr(owner.func, "attr", "") == "Event"
    return "sleep" in (getattr(function, "attr", ""), getattr(function, "id", ""))
