"""The Django app: INSTALLED_APPS += ["overseer.mail.django"] puts the queue into the admin site."""

from django.apps import AppConfig


class OverseerMailConfig(AppConfig):
    name = "overseer.mail.django"
    label = "overseer_mail"
    verbose_name = "Mail queue"
