# SPDX-License-Identifier: Apache-2.0
"""Tells the edge whether a user may go on (user_check)."""

import os

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare


def state(request, user_id):
    if not constant_time_compare(request.headers.get("X-Edge-Secret", ""), os.environ["EDGE_SECRET"]):
        return HttpResponse(status=403)
    active = get_user_model().objects.filter(pk=user_id, is_active=True).exists()
    return HttpResponse(status=204 if active else 410)
