"""A process supervisor for sysadmins."""

VERSION = "0.1.0"
