# SPDX-License-Identifier: Apache-2.0
"""Makes the tables, and the users that the cases name: 1 to 5."""

import os
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

for alias in settings.DATABASES:
    call_command("migrate", verbosity=0, run_syncdb=True, database=alias)
model = get_user_model()
for number in range(1, 6):
    user = model(username="user%d" % number)
    if model._meta.pk.name == "uid":
        user.uid = user.public_id = uuid.UUID(int=number)
    else:
        user.pk = number
    user.set_unusable_password()
    user.save()
