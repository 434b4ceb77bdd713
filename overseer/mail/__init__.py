"""The mail half: messages, templates, SMTP, the worker and its control script.

It knows the outbox and nothing of the supervisor.
"""
