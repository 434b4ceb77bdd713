"""What the admin site's permissions are about. It has no table: the queue has its own store."""

from django.db import models


class QueuedMail(models.Model):
    class Meta:
        app_label = "overseer_mail"
        managed = False
        default_permissions = ("view", "change", "delete")
        verbose_name = "queued mail"
        verbose_name_plural = "queued mails"
