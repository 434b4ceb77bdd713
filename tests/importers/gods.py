"""A god configuration that was imported."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from overseer.config import Config
from overseer.importers import god, loadable, ruby

CONFIGS = Path(__file__).parent / "configs"


@dataclass(frozen=True)
class Imported:
    """The watch file as text and as it is read, and its remarks as one line of words."""

    text: str
    config: Config

    @property
    def remarks(self) -> str:
        lines = (line.strip() for line in self.text.splitlines())
        said = (line.lstrip("# ").strip() for line in lines if line.startswith("#"))
        return " ".join(" ".join(said).split())

    def block(self, name: str) -> str:
        """The lines of one watch, without its indentation."""
        lines = self.text.splitlines()
        first = lines.index(f"  {name}:") + 1
        inner = lines[first : next((n for n in range(first, len(lines)) if not lines[n]), None)]
        return "\n".join(line[4:] for line in inner)


@cache
def translated(path: Path) -> str:
    text, _ = loadable.loadable(god.translate(ruby.record([str(path)]), [path.name]))
    return text
