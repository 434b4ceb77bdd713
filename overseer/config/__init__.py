"""From text to nouns: watch files, read whole or not at all."""

from overseer.config.files import NoFile, find
from overseer.config.host import Host
from overseer.config.loaded import Config
from overseer.config.reading import load
from overseer.config.settings import Settings
from overseer.errors import ConfigError, Problem

__all__ = ["Config", "ConfigError", "Host", "NoFile", "Problem", "Settings", "find", "load"]
