"""Watch files as the daemon reads them: as they are to be on this machine."""

from collections.abc import Callable, Collection, Mapping, Sequence

from overseer import config
from overseer.config import Config
from overseer.config.files import Texts
from overseer.config.gather import NOTHING_GIVEN
from overseer.config.lenient import STRICT, Leniency
from overseer.model.copies import Scale
from overseer.model.watch import Watch
from overseer.system.moments import check

Load = Callable[[Sequence[str], Mapping[str, Watch] | None, Texts | None, Leniency, bool], Config]
"""These files, the watches of others that theirs may depend on, what has been read before, what to
put up with, and whether what this machine lacks is an error; see config.load."""


def load(
    roots: Sequence[str],
    elsewhere: Mapping[str, Watch] | None,
    scales: Mapping[str, Scale],
    texts: Texts | None = None,
    lenient: Leniency | None = None,
    here: bool | Collection[str] = True,
    variables: Mapping[str, Mapping[str, str]] = NOTHING_GIVEN,
    named: Collection[str] = (),
    allowed: Collection[str] = (),
    judged: Collection[str] | None = None,
) -> Config:
    """Watch files as they are to be on this machine; *here*: of which roots what it lacks is an
    error."""
    return config.load(
        roots,
        check_host=here,
        host=config.Host(allowed=tuple(allowed)),
        calendar=check,
        elsewhere=elsewhere,
        forgiving=elsewhere is None,
        scales=scales,
        texts=texts,
        lenient=lenient or STRICT,
        variables=variables,
        named=named,
        judged=judged,
    )


def given_variables(
    known: Mapping[str, Mapping[str, str]], files: Sequence[str], given: Mapping[str, str]
) -> Mapping[str, Mapping[str, str]]:
    """As they were given to `load` and to earlier daemons, and now for these *files*."""
    return {**known, **{file: {**known.get(file, {}), **given} for file in files if given}}


def loader(
    scales: Mapping[str, Scale],
    variables: Mapping[str, Mapping[str, str]],
    named: Mapping[str, str],
    allowed: Collection[str] = (),
) -> Load:
    """What `read` asks; of all files together each variable that is *named* has to be known."""

    def ask(
        roots: Sequence[str],
        elsewhere: Mapping[str, Watch] | None,
        texts: Texts | None,
        lenient: Leniency,
        here: bool,
    ) -> Config:
        every = named if lenient is STRICT and elsewhere is not None else ()
        return load(roots, elsewhere, scales, texts, lenient, here, variables, every, allowed)

    return ask
