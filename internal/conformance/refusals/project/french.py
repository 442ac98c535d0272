# SPDX-License-Identifier: Apache-2.0
"""The project in French, for clients that ask for no other language."""

from settings import *

LANGUAGE_CODE = "fr"
USE_I18N = True
MIDDLEWARE = [*MIDDLEWARE[:2], "django.middleware.locale.LocaleMiddleware", *MIDDLEWARE[2:]]
