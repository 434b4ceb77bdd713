"""What has become of several watches, as far as it was heard, for who does not hear the end."""

from overseer.control.protocol import Answer


class Tally:
    def __init__(self) -> None:
        self._meant: list[str] = []
        self._begun: list[str] = []
        self._done: list[str] = []
        self._failed: list[str] = []

    def hear(self, answer: Answer) -> None:
        self._meant += answer.get("order", ())
        name = answer.get("watch")
        if name is None or "left_out" in answer:
            return
        if "code" in answer:
            (self._failed if answer["code"] else self._done).append(name)
        elif name not in self._begun:
            self._begun.append(name)

    def text(self) -> str:
        """`done: a; under way, and goes on: b; not touched: c`; "" where nothing was begun."""
        over = {*self._done, *self._failed}
        goes_on = [name for name in self._begun if name not in over]
        untouched = [name for name in self._meant if name not in over and name not in self._begun]
        parts = (
            ("done", self._done),
            ("failed", self._failed),
            ("under way, and goes on", goes_on),
            ("not touched", untouched),
        )
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)
