"""What befalls a mail queue, and what becomes of the mail: one file a storm."""
