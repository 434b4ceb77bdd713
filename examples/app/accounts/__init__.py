"""An application that writes to its users. See users.py, then mails.py."""
