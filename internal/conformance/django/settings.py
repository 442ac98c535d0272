# SPDX-License-Identifier: Apache-2.0
"""What `django-admin startproject` writes, plus DRF and SimpleJWT.

SIMPLE_JWT comes from the environment, so that one project serves every profile.
"""

import json
import os
from datetime import timedelta

SECRET_KEY = "conformance-only-this-key-guards-nothing"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt",
]
if os.environ.get("CONFORMANCE_BLACKLIST"):
    INSTALLED_APPS.append("rest_framework_simplejwt.token_blacklist")
STATIC_URL = "static/"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["CONFORMANCE_DATABASE"],
    }
}

# REST_AUTH of dj-rest-auth, whose refresh view urls.py has then, USE_TZ and TIME_ZONE.
if "CONFORMANCE_DJ_REST_AUTH" in os.environ:
    INSTALLED_APPS.append("dj_rest_auth")
    globals().update(json.loads(os.environ["CONFORMANCE_DJ_REST_AUTH"]))

# The users log in once per run; a slow hash would prove nothing here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if os.environ.get("CONFORMANCE_JSON_ONLY"):
    REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}

# Lifetimes come as seconds, JSON having no word for them.
SIMPLE_JWT = {
    name: timedelta(seconds=value) if name.endswith("_LIFETIME") else value
    for name, value in json.loads(os.environ.get("CONFORMANCE_SIMPLE_JWT", "{}")).items()
}
