# SPDX-License-Identifier: Apache-2.0
"""The clock and the jtis from the request, so that an answer can be recorded."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from unittest import mock
from uuid import UUID

import time_machine
from django.http.response import HttpResponseBase
from rest_framework_simplejwt import tokens


def from_headers(application):
    """Wrap a WSGI application for the recorder.

    X-Record-Now is the time, in seconds, at which the request is served;
    X-Record-Jti names the values that uuid4 gives, in order, separated by
    commas. The application sees neither header.
    """

    def recorded(environ, start_response):
        now = environ.pop("HTTP_X_RECORD_NOW", None)
        jtis = environ.pop("HTTP_X_RECORD_JTI", None)
        with ExitStack() as stack:
            if now is not None:
                # In two steps: one float would be off by some nanoseconds, and
                # datetime.now() then by a microsecond.
                seconds, fraction = divmod(Decimal(now), 1)
                traveller = stack.enter_context(time_machine.travel(int(seconds), tick=False))
                traveller.shift(timedelta(microseconds=int(fraction * 10**6)))
                set_cookie = HttpResponseBase.set_cookie

                def later(*args, **kwargs):
                    # A clock that stands still would add the second that set_cookie
                    # adds, and that no running clock lets it keep.
                    traveller.shift(timedelta(microseconds=1))
                    try:
                        return set_cookie(*args, **kwargs)
                    finally:
                        traveller.shift(timedelta(microseconds=-1))

                stack.enter_context(mock.patch.object(HttpResponseBase, "set_cookie", later))
            if jtis is not None:
                values = [UUID(hex=jti) for jti in jtis.split(",")]
                stack.enter_context(mock.patch.object(tokens, "uuid4", side_effect=values))
            return application(environ, start_response)

    return recorded
