# SPDX-License-Identifier: Apache-2.0
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

if os.environ.get("CONFORMANCE_RECORD"):
    from recording import from_headers

    application = from_headers(application)
