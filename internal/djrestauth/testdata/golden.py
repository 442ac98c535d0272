"""Print what Django and Python make of cookies and times, as JSON for golden_test.go.

Run it with Django 5.2 installed:  python golden.py > golden.json
"""

import datetime
import json
import os
import sys
import time
from http import cookies
from unittest import mock

from django.conf import settings

settings.configure(USE_TZ=True)

from django.http import HttpResponse
from django.http.cookie import parse_cookie
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

HEADERS = [
    "", " ", ";", "a=1", "a=1; b=2", "a=1;b=2", "a = 1 ;b= 2 ", "a", "a;b", "=1", "=", "a=", "a==", "a=b=c",
    "a=1; a=2", "a=2; a=", "a=1; A=2", 'a="x"', 'a="x', 'a=x"', 'a="', 'a=""', 'a="x;y"', r'a="x\"y"', r'a="x\\y"',
    r'a="\101"', r'a="\1012"', r'a="\400"', r'a="\18x"', r'a="\x"', r'a="x\"', r'a="\\101"', r'a="\1\101"', r'a=\101',
    "a=\u00a0x\u2003; b=1", "\u2003a=x", "\ufeffa=x", "\u200ba=x", "a=\u00e9", r'a="\303\251"', "a=\x1cx\x1f", "a=1,b=2", "a=1, a=2",
    "$Version=1; a=2; $Path=/", "a='x'", 'a="x" y', "a=\tx\t",
]

COOKIES = [
    ("app-auth", "a.b-c_d", dict(lifetime=300)),
    ("app-auth", "a.b-c_d", dict(lifetime=300, secure=True, httponly=True, samesite="Lax")),
    ("app-auth", "a.b-c_d", dict(lifetime=300, httponly=True, samesite="None", domain="example.com")),
    ("refresh-token", "a.b-c_d", dict(lifetime=86400, path="/auth", httponly=True, samesite="strict")),
    ("refresh-token", "a.b-c_d", dict(lifetime=86400, path="", httponly=True)),
    ("refresh-token", "a.b-c_d", dict(lifetime=0.5, httponly=True)),
    ("refresh-token", "a.b-c_d", dict(lifetime=1.5, httponly=True)),
]

# A time in winter, one in summer, and two beside the changes of Europe/Berlin.
NOWS = [1767225600.25, 1782000000.000001, 1774745999.5, 1793926799.999999, 1767225600.0]
ZONES = [None, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]


def set_cookie(name, value, options, now, zone):
    options = dict(options)
    lifetime = datetime.timedelta(seconds=options.pop("lifetime"))
    expires = (local(now, zone)) + lifetime
    real = datetime.datetime

    class Real(type):
        def __instancecheck__(cls, value):
            return isinstance(value, real)

    # A microsecond passes between the reading of the clock and set_cookie.
    class Frozen(real, metaclass=Real):
        @classmethod
        def now(cls, tz=None):
            return real.fromtimestamp(now + 0.000001, tz)

    response = HttpResponse()
    with mock.patch("django.http.response.datetime.datetime", Frozen), mock.patch("time.time", lambda: now):
        response.set_cookie(name, value, expires=expires, **options)
    return response.cookies[name].output(header="").strip()


def local(now, zone):
    if zone is None:
        return datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    os.environ["TZ"] = zone
    time.tzset()
    return datetime.datetime.fromtimestamp(now)


json.dump(
    {
        "parsed": [{"header": h, "cookies": parse_cookie(h)} for h in HEADERS],
        "set": [
            {"name": name, "value": value, "options": options, "now": now, "zone": zone, "line": set_cookie(name, value, options, now, zone)}
            for name, value, options in COOKIES
            for now in NOWS
            for zone in (ZONES if options == COOKIES[0][2] else ZONES[:1])
        ],
        "times": [
            {
                "now": now,
                "zone": zone,
                "lifetime": lifetime,
                "text": JSONEncoder().default(local(now, zone) + datetime.timedelta(seconds=lifetime)),
            }
            for now in NOWS
            for zone in ZONES
            for lifetime in (300, 86400, 0.75)
        ],
    },
    sys.stdout,
    indent=1,
)
