"""How a line of a log is written: in one piece, whatever others have put into it."""

import logging

from overseer.terminal import visible


class SafeFormatter(logging.Formatter):
    """Control characters are escapes; what follows the first line of a message is indented, so that
    nobody's text looks like a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = record.message.replace("\n", "\n  ")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def place_of_log() -> str:
    """Where the report of a bug is found."""
    paths = (getattr(handler, "path", None) for handler in logging.getLogger().handlers)
    path = next((path for path in paths if path is not None), None)
    return "what the daemon writes to its standard error" if path is None else str(path)


def bug_report(error: Exception) -> str:
    """For the user who met it; log the traceback before."""
    return f"a bug in overseer: {error!r}; its report is in {place_of_log()}"


def log_to(stream_handler: logging.Handler, format: str, date_format: str | None = None) -> None:
    """The root logger's only handler."""
    stream_handler.setFormatter(SafeFormatter(format, date_format))
    logging.getLogger().handlers[:] = [stream_handler]
