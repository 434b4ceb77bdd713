"""Several mail servers in the order in which they are tried: one that is down is passed over."""

import threading
import time
from collections.abc import Callable, Sequence

from overseer.mail.server import Server
from overseer.mail.smtp import Courier as SmtpCourier
from overseer.outbox.parcel import Fate, Job, Verdict, down, interrupted

FIRST_REST, LONGEST_REST = 30.0, 300.0
"""Seconds for which a relay that was found down is passed over, doubled each time it still is."""
FEW_DOUBTS = 3
"""Mails in a row that a relay broke off at: by then it is the relay, and not the mails."""
PROBE = 15.0
"""Seconds that one sender has for finding out, while the others go on passing it over."""


class Relays:
    """Which of so many answer, as far as is known; shared by all senders."""

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = [0.0] * count  # passed over; 0: not
        self._rest = [FIRST_REST] * count
        self._doubts = [0] * count

    def to_try(self) -> list[int]:
        """Their numbers in order; at the end those that are passed over."""
        now = self._clock()
        with self._lock:
            found = [number for number, until in enumerate(self._until) if until <= now]
            for number in found:
                if self._until[number]:
                    self._until[number] = now + PROBE
            return found + [n for n in range(len(self._until)) if n not in found]

    def answers(self, number: int) -> None:
        with self._lock:
            self._until[number], self._rest[number] = 0.0, FIRST_REST
            self._doubts[number] = 0

    def breaks_off(self, number: int) -> None:
        with self._lock:
            self._doubts[number] += 1
            is_known = self._doubts[number] >= FEW_DOUBTS
        if is_known:
            self.is_down(number)

    def is_down(self, number: int) -> None:
        """A relay found down by several at once is passed over no longer for it."""
        now = self._clock()
        with self._lock:
            if self._until[number] > now + PROBE:
                return
            self._until[number] = now + self._rest[number]
            self._rest[number] = min(2 * self._rest[number], LONGEST_REST)


class Courier:
    """One thread's connections: the queue hears of trouble only where all relays are down."""

    def __init__(
        self,
        servers: Sequence[Server],
        relays: Relays,
        make: Callable[[Server], SmtpCourier] = SmtpCourier,
    ) -> None:
        self._relays = relays
        self._couriers = [make(server) for server in servers]

    def deliver(self, job: Job) -> Verdict:
        troubles: list[Verdict] = []
        for number in self._relays.to_try():
            courier = self._couriers[number]
            verdict = courier.deliver(job)
            troubles.append(verdict)
            match verdict.fate:
                case Fate.DOWN:
                    self._relays.is_down(number)
                case Fate.INTERRUPTED:
                    self._relays.breaks_off(number)
                    if courier.in_doubt:  # nobody else is given it at once
                        return verdict
                case _:
                    self._relays.answers(number)
                    return verdict
        return none_took_it(troubles)

    def rest(self) -> None:
        for courier in self._couriers:
            courier.rest()

    def close(self) -> None:
        for courier in self._couriers:
            courier.close()


def none_took_it(troubles: Sequence[Verdict]) -> Verdict:
    """All are down, or those that are not broke off at this mail."""
    text, code = "; ".join(verdict.text for verdict in troubles), troubles[-1].code
    if any(verdict.fate is Fate.INTERRUPTED for verdict in troubles):
        return interrupted(text, code)
    return down(text, code)
