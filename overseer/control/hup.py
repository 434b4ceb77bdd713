"""Loads all that is loaded again without anybody to ask: what HUP does."""

from collections.abc import Sequence

from overseer.control.load import Loader
from overseer.control.moments import Moments
from overseer.control.office import Office
from overseer.control.proposal import Proposal
from overseer.control.protocol import Answer, failed
from overseer.control.voice import Voice
from overseer.errors import OverseerError, Problem, Refused


class Hup:
    def __init__(self, office: Office, loader: Loader) -> None:
        self._office = office
        self._loader = loader
        self._roots = loader.roots

    def load(self, by: str, voice: Voice) -> Answer:
        """What is refused is said in `status` until it has been loaded."""
        roots: Sequence[str] = self._roots.all
        try:
            answer = self._loader.plan((), "/", None, None)
            if answer.get("plan"):
                self._refuse_emptied(self._loader.shown(answer["plan"]))
                return self._loader.apply(answer["plan"], None, by, voice)
        except OverseerError as error:
            answer = failed(error)
        if answer["code"]:
            self._refused(by, roots, answer)
        return answer

    def _refused(self, by: str, roots: Sequence[str], answer: Answer) -> None:
        wrong = [Problem(**one) for one in answer.get("problems", ())]
        wrong = [one for one in wrong if not one.warning]
        files = {one.file for one in wrong}
        blamed = [root for root in roots if files & {root, *self._roots.led_to([root])}]
        lines = map(str, wrong) if wrong else str(answer["error"]).splitlines()
        said = "\n  ".join([*lines, *answer.get("hints", ())])
        clock = self._office.clock
        at = Moments(clock).clock_time(clock.now())
        self._roots.refused(blamed or roots, f"{by} at {at} has loaded nothing: {said}")

    def _refuse_emptied(self, proposal: Proposal) -> None:
        """A signal does not stop everything that a file had."""
        watches = list(self._office.engine.watches.values())
        for root, files in proposal.part.sources.items():
            had = {*self._roots.led_to([root])}
            before = [one.name for one in watches if one.origin.file in had]
            after = [one for one in proposal.part.watches.values() if one.origin.file in files]
            if before and not after:
                said = f"{root}: no watch is left in it, of {len(before)}; if that is meant, "
                raise Refused(f"{said}`overseer load {root}` asks and stops them")
