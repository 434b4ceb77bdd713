"""What is installed: versions without known holes, locked with their hashes; and rules kept."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements-dev.lock").read_text()
FLOORS = {
    "jinja2": "3.1.6",
    "pyyaml": "6.0.1",
    "django": "5.2.9",
    "flask": "3.1.1",
    "gunicorn": "23",
    "requests": "2.32.4",
    "setuptools": "78.1.1",
    "starlette": "0.49.1",
    "urllib3": "2.6.3",
    "werkzeug": "3.1.4",
}
"""Below these holes are known."""


def named() -> list[Requirement]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    build = PROJECT["build-system"]["requires"]
    return [
        Requirement(text) for group in (project["dependencies"], build, *extras) for text in group
    ]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_with_a_known_hole_is_allowed(name: str) -> None:
    floors = [
        Version(bound.version)
        for one in named()
        if normal(one.name) == name
        for bound in one.specifier
        if bound.operator == ">="
    ]

    assert floors
    assert min(floors) >= Version(FLOORS[name])


def test_all_that_is_named_is_locked_with_hashes_and_fits() -> None:
    locked = dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^ ;\n]+)", LOCK, re.MULTILINE))
    versions = {normal(name): Version(version) for name, version in locked.items()}

    for one in named():
        assert versions[normal(one.name)] in one.specifier, one
    entries = re.split(r"\n(?=[\w.-]+(?:\[[\w,]+\])?==)", LOCK)[1:]
    assert len(entries) >= len(locked) - 1
    assert all("--hash=sha256:" in entry for entry in entries)


def test_each_rule_that_is_left_out_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    left_out = [line for line in lines if re.match(r'\s*("S\d+"|"[^"]+" = \["S)', line)]

    assert len(left_out) > 5
    assert all("# " in line for line in left_out)
