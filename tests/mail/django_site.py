"""A Django site for tests: its settings can be made only once in a process."""

import django
from django.conf import settings
from django.contrib import admin
from django.urls import path

SETTINGS = {
    "DEFAULT_FROM_EMAIL": "shop@example.com",
    "SECRET_KEY": "of a test",
    "ALLOWED_HOSTS": ["testserver"],
    "ROOT_URLCONF": "django_site",
    "USE_TZ": True,
    "STATIC_URL": "/static/",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "overseer.mail.django",
    ],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
}

if not settings.configured:
    settings.configure(**SETTINGS)
    django.setup()

urlpatterns = [path("admin/", admin.site.urls)]
