"""A process supervisor for sysadmins."""

import os
import sys

VERSION = "0.1.0"


def leave_working_folder_out() -> None:
    """Of the module path, where `python -m` has put it: the folder may be anybody's."""
    try:
        if not sys.flags.safe_path and sys.path[0] == os.getcwd():
            del sys.path[0]
    except OSError:  # it was removed
        pass
