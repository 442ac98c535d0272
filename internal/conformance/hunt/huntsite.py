# SPDX-License-Identifier: Apache-2.0
"""A Django project that writes down which view each request reached."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import re_path

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    MIDDLEWARE=[],
    ROOT_URLCONF=__name__,
    SECRET_KEY="hunt",
    LOGGING_CONFIG=None,
)

# One write for each line, so that the processes of a server can share the file.
reached = os.open(os.environ["HUNT_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def view(name):
    def respond(request):
        request_id = request.headers.get("X-Hunt", "-")
        os.write(reached, f"{request_id}\t{request.method}\t{name}\n".encode())
        return HttpResponse(name)

    return respond


urlpatterns = [
    re_path(r"^api/token/refresh/?$", view("refresh")),
    re_path(r"^api/token/verify/?$", view("verify")),
    re_path(r"^api/token/blacklist/?$", view("blacklist")),
    re_path(r"^index\.html$", view("index")),
    re_path(r"", view("other")),
]

wsgi = get_wsgi_application()
asgi = get_asgi_application()
