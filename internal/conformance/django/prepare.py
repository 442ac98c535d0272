# SPDX-License-Identifier: Apache-2.0
"""Creates the database: users 1 to 5 may log in, user 6 is inactive, 7 was deleted."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django  # noqa: E402

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
users = get_user_model().objects
for number in range(1, 8):
    users.create_user(f"user{number}", password=f"password{number}", is_active=number != 6)
users.get(username="user7").delete()
