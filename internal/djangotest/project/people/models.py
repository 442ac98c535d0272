# SPDX-License-Identifier: Apache-2.0
"""A user whose primary key is of the kind that the test asks for."""

import uuid

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

KEYS = {
    "bigint": lambda: models.BigAutoField(primary_key=True),
    "uuid": lambda: models.UUIDField(primary_key=True, default=uuid.uuid4),
    "text": lambda: models.CharField(primary_key=True, max_length=255),
}

if settings.OPTIONS["key"] in KEYS:

    class User(AbstractBaseUser):
        id = KEYS[settings.OPTIONS["key"]]()
        username = models.CharField(max_length=150, unique=True)
        is_active = models.BooleanField(default=True)

        USERNAME_FIELD = "username"
        objects = BaseUserManager()
