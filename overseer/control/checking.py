"""`overseer check`, as the daemon answers it: what `load` would say, without a plan."""

from collections.abc import Mapping, Sequence

from overseer.control.load import Loader
from overseer.control.protocol import Answer, done
from overseer.errors import ConfigError


def check(
    loader: Loader,
    files: Sequence[str],
    cwd: str,
    variables: Mapping[str, str],
    allowed: Sequence[str],
    *,
    here: bool,
) -> Answer:
    """*here*: what this machine lacks is a problem, as for a load."""
    roots = loader.roots.meant(files, cwd)
    try:
        part = loader.look_at(roots, variables, allowed, here=here)
    except ConfigError as error:
        return done(
            error.exit_code,
            problems=[problem._asdict() for problem in error.problems],
            files=list(roots),
        )
    return done(
        problems=[problem._asdict() for problem in part.warnings],
        watches=len(part.watches),
        files=list(roots),
    )
