# SPDX-License-Identifier: Apache-2.0
"""A project with the blacklist app, on any database and with any kind of user key."""

import json
import os
from datetime import timedelta

OPTIONS = json.loads(os.environ["DJANGOTEST_OPTIONS"])

if OPTIONS["database"]["ENGINE"].endswith("mysql"):
    import pymysql

    pymysql.version_info = (2, 2, 7, "final", 0)  # what Django asks mysqlclient for
    pymysql.install_as_MySQLdb()

SECRET_KEY = "djangotest-only-this-key-guards-nothing"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
USE_TZ = not OPTIONS["time_zone"]
TIME_ZONE = OPTIONS["time_zone"] or "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User" if OPTIONS["key"] != "integer" else "auth.User"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "people",
    "rest_framework",
    "rest_framework_simplejwt",
    "rest_framework_simplejwt.token_blacklist",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
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
]
DATABASES = {"default": OPTIONS["database"]}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SIMPLE_JWT = {
    name: timedelta(seconds=value) if name.endswith("_LIFETIME") else value
    for name, value in OPTIONS["simple_jwt"].items()
}

# What crashed goes into gunicorn's log, which a failing test prints.
LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}
