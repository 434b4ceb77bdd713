"""Conditions, behaviors and contacts by name, ours and other people's alike."""

from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from overseer.conditions.base import unwritten
from overseer.errors import PluginError

Kind = TypeVar("Kind")

OURS = {
    "conditions": (
        "always:Always",
        "certificate_expiry:CertificateExpiry",
        "children:Children",
        "command:Command",
        "complex:Complex",
        "cpu_usage:CpuUsage",
        "dead_count:DeadCount",
        "degrading_lambda:DegradingLambda",
        "disk_usage:DiskUsage",
        "file_mtime:FileMtime",
        "file_touched:FileTouched",
        "flapping:Flapping",
        "heartbeat:Heartbeat",
        "host_memory:HostMemory",
        "http_response_code:HttpResponseCode",
        "load_average:LoadAverage",
        "log_match:LogMatch",
        "memory_usage:MemoryUsage",
        "oldest_deferred:OldestDeferred",
        "oldest_due:OldestDue",
        "open_files:OpenFiles",
        "process_exits:ProcessExits",
        "process_running:ProcessRunning",
        "sd_notify:SdNotify",
        "socket_responding:SocketResponding",
        "python:Python",
        "swap:Swap",
        "threads:Threads",
        "tries:Tries",
        "uptime:Uptime",
        "watchdog:Watchdog",
    ),
    "behaviors": (
        "clean_pid_file:CleanPidFile",
        "clean_unix_socket:CleanUnixSocket",
        "notify_when_flapping:NotifyWhenFlapping",
        "run:Run",
    ),
    "contacts": (
        "alertmanager:Alertmanager",
        "apprise:Apprise",
        "command:Command",
        "email:Email",
        "jabber:Jabber",
        "sensu:Sensu",
        "slack:Slack",
        "statsd:Statsd",
        "webhook:Webhook",
    ),
}
"""The entry points of pyproject.toml once more: whoever names only these does not pay the
fifteen milliseconds that looking through all installed packages takes."""


@dataclass(frozen=True, slots=True, order=True)
class Plugin:
    """One entry point, not loaded. *value* is `package.module:Class`."""

    name: str
    value: str
    package: str = "overseer"


def ours(group: str) -> dict[str, Plugin]:
    places = (place.partition(":") for place in OURS[group])
    return {name: Plugin(name, f"overseer.{group}.{name}:{kind}") for name, _, kind in places}


def find(group: str) -> dict[str, Plugin]:
    """All that is installed under *group*, unloaded; PluginError where two claim one name."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    found = ours(group)
    for point in sorted(entry_points(group=f"overseer.{group}")):
        package = point.dist.name if point.dist else "an unknown package"
        plugin = Plugin(point.name, point.value, package)
        other = found.setdefault(plugin.name, plugin)
        if other.value != plugin.value:
            raise PluginError(
                f"{group}: {plugin.name} is both {other.value} ({other.package}) "
                f"and {plugin.value} ({plugin.package}); uninstall one of them"
            )
    return found


def named(group: str, name: str) -> Plugin:
    """The one of that name; PluginError with the nearest name if there is none."""
    known = ours(group)
    if name not in known:
        known = find(group)
    if name not in known:
        from difflib import get_close_matches  # only whoever made a mistake pays for it

        longer = sorted(one for one in known if one.startswith(f"{name}_"))
        close = longer or get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
        raise PluginError(f"no {group.removesuffix('s')} is called {name!r}; {hint}")
    return known[name]


def load(plugin: Plugin, base: type[Kind]) -> type[Kind]:
    """Its class; PluginError if it does not import or is no *base*."""
    module, _, attribute = plugin.value.partition(":")
    try:
        kind = getattr(import_module(module), attribute)
    except BaseException as error:  # importing runs other people's code
        raise PluginError(f"{plugin.name} ({plugin.value}) does not import: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise PluginError(f"{plugin.name} ({plugin.value}) is no {base.__name__.lower()}")
    if missing := unwritten(kind):
        raise PluginError(f"{plugin.name} ({plugin.value}) does not define {', '.join(missing)}")
    return kind
