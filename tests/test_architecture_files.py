"""The daemon opens and changes files in one way only, which others cannot redirect."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "overseer"
ROOMS = {
    *("system", "daemon", "control", "alerts", "store", "conditions", "behaviors"),
    *("contacts", "network", "rounds"),
}
ALONE = {"engine", "env_file", "forking", "dependencies", "one_by_one", "trust", "crew"}
FUNCTIONS = {
    *("open", "os.open", "os.chmod", "os.chown", "os.lchown", "os.unlink", "os.remove"),
    *("os.rename", "os.replace", "os.truncate", "os.mkdir", "os.makedirs", "os.rmdir"),
    *("os.removedirs", "os.link", "os.symlink", "os.mkfifo", "os.mknod", "os.utime"),
}
METHODS = {
    *("write_text", "write_bytes", "read_text", "read_bytes", "open", "unlink", "chmod"),
    *("mkdir", "touch", "rmdir", "symlink_to", "hardlink_to", "rename", "replace", "lchmod"),
}
"""Of pathlib.Path."""
OF_THE_KERNEL = ("/proc", "/sys", "{self._proc}", "/dev/tty")
"""Nobody but the kernel makes what is there."""
ALLOWED = {
    "control/applied.py: shutil.rmtree(leftover, ignore_errors=True)": "follows no links",
    "control/applied.py: shutil.rmtree(old, ignore_errors=True)": "follows no links",
    "control/applied.py: shutil.rmtree(self._place(root), ignore_errors=True)": "likewise",
    "contacts/errand.py: open(os.memfd_create(f'overseer {name}', os.MFD_CLOEXEC), 'w+b')": (
        "in memory"
    ),
    "contacts/http.py: opener(request, hear).open(made, timeout=request.timeout)": "no file",
    "contacts/xmpp.py: session.open()": "no file",
    "daemon/replacement.py: os.open('.', os.O_PATH | os.O_CLOEXEC)": "no path of anybody's",
    "daemon/replacement.py: self._gate.open()": "no file",
    "daemon/supervisor.py: self._store.open()": "no file",
    "daemon/supervisor.py: self._server.open()": "no file",
    "daemon/trial.py: store.open()": "no file",
    "system/probe.py: os.open(path, os.O_RDONLY | os.O_CLOEXEC)": "a path below /proc",
}
"""And why."""


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((PACKAGE / room).rglob("*.py"))
    yield from (PACKAGE / f"{name}.py" for name in ALONE)


def touches_a_file(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if name in FUNCTIONS or (name.startswith("shutil.") and name != "shutil.which"):
        return True
    if name.startswith(("os.", "self._engine.")) or not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in ("rename", "replace"):  # those of str have two
        return len(call.args) == 1 and not call.keywords
    return call.func.attr in METHODS


def is_of_the_kernel(call: ast.Call) -> bool:
    """By the text that its path begins with."""
    path: ast.expr | None = call.args[0] if call.args else None
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        path = call.func.value.args[0]
    if path is None:
        return False
    text = ast.unparse(path).lstrip("f").strip("'\"")
    return text.startswith(OF_THE_KERNEL) or text == "os.devnull"


def bare(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and touches_a_file(node) and not is_of_the_kernel(node):
            yield f"{path.relative_to(PACKAGE)}: {ast.unparse(node)}"


@pytest.mark.field("S2")
def test_files_are_touched_by_safe_files_alone() -> None:
    """A path may lead through a folder of somebody else: see docs/security.md."""
    found = {call for path in modules() for call in bare(path)}
    assert found - ALLOWED.keys() == set()
    assert ALLOWED.keys() - found == set(), "allowed, and no longer there"


@pytest.mark.parametrize(
    "line",
    [
        "open(path)",
        "os.open(path, 0)",
        "shutil.copy2(a, b)",
        "path.write_text('x')",
        "path.with_name('x').replace(other)",
        "Path(name).unlink()",
        "os.chown(f'{folder}/x', 0, 0)",
    ],
)
def test_a_bare_one_is_seen(tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path)
    (tmp_path / "bad.py").write_text(f"def function():\n    {line}\n")
    assert list(bare(tmp_path / "bad.py")) == [f"bad.py: {line}"]
