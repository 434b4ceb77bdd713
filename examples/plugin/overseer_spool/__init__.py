"""What overseer does not know about spool folders."""
