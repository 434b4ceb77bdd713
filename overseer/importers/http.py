"""god's http_response_code, in the words of a watch file."""

import re
from collections.abc import Mapping
from typing import Any

from overseer.config.node import Node, series, table, text
from overseer.importers.page import Remark
from overseer.importers.values import NotCarried, duration, number, path, shown, word
from overseer.model.codes import PATTERN

OPTIONS = (
    *("host", "port", "path", "ssl", "ca_file"),
    *("code_is", "code_is_not", "headers", "timeout"),
)
CONDITION = "http_response_code"
SAFE_PATH = re.compile(r"/[\w./~%?=&;,:@+-]*")
UNVERIFIED = Remark(
    "god verified a certificate only with ca_file; insecure: true keeps it so, without it the "
    "certificate has to be right"
)


def response_code(options: Mapping[str, Any]) -> tuple[dict[str, Node], tuple[Remark, ...]]:
    if options.get("host") is None:
        raise NotCarried("host is missing; god would not have taken it")
    port = int(number(options.get("port") or 80))
    secure = bool(options.get("ssl")) or port == 443
    found = _place(str(options["host"]), port, str(options.get("path") or "/"), secure)
    remarks: list[Remark] = []
    found |= _codes(options, remarks)
    if headers := _headers(options.get("headers") or {}, remarks):
        found["headers"] = table(headers)
    if options.get("timeout") is not None:
        try:
            found["timeout"] = duration(options["timeout"])
        except NotCarried as error:
            remarks.append(Remark(f"{CONDITION}: timeout is left out: {error}"))
    if secure and options.get("ca_file"):
        found["ca_file"] = path(options["ca_file"])
    elif secure:
        found["insecure"] = text("true")
        remarks.append(UNVERIFIED)
    return found, tuple(remarks)


def _headers(given: Any, remarks: list[Remark]) -> dict[str, Node]:
    if not isinstance(given, dict):
        remarks.append(Remark(f"{CONDITION}: headers is left out: {shown(given)} is no mapping"))
        return {}
    headers: dict[str, Node] = {}
    for key, value in given.items():
        try:
            headers[str(key)] = word(value)
        except NotCarried as error:
            remarks.append(Remark(f"{CONDITION}: headers: {key} is left out: {error}"))
    return headers


def _place(host: str, port: int, target: str, secure: bool) -> dict[str, Node]:
    """A URL where it can be read without doubt, else its parts."""
    if re.fullmatch(r"[\w.-]+", host) and SAFE_PATH.fullmatch(target):
        scheme, usual = ("https", 443) if secure else ("http", 80)
        where = host if port == usual else f"{host}:{port}"
        return {"url": text(f"{scheme}://{where}{target}")}
    parts = {"host": word(host), "port": text(str(port)), "path": word(target)}
    return {**parts, "ssl": text("true")} if secure else dict(parts)


def _codes(options: Mapping[str, Any], remarks: list[Remark]) -> dict[str, Node]:
    given = [key for key in ("code_is", "code_is_not") if options.get(key) is not None]
    if len(given) != 1:
        raise NotCarried("one of code_is and code_is_not is written; god would not have taken it")
    value = options[given[0]]
    codes = [str(one) for one in (value if isinstance(value, list) else [value])]
    right = [code for code in codes if re.fullmatch(PATTERN, code)]
    for code in (one for one in codes if one not in right):
        if not right:
            raise NotCarried(f"{given[0]}: {shown(code)} is no HTTP code")
        remarks.append(Remark(f"{CONDITION}: {given[0]}: {code} is left out: it is no HTTP code"))
    return {given[0]: text(right[0]) if len(right) == 1 else series(right)}
