# SPDX-License-Identifier: Apache-2.0
"""A user with a UUID for a key, a table and columns of its own."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Person(AbstractBaseUser):
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, db_column="pub")
    username = models.CharField(max_length=150, unique=True)
    is_active = models.BooleanField(default=True, db_column="enabled")

    USERNAME_FIELD = "username"
    objects = BaseUserManager()

    class Meta:
        db_table = "crm_person"
