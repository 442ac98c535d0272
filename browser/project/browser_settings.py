# SPDX-License-Identifier: Apache-2.0
"""The project of internal/djangotest, with an API that wants an access token."""

from settings import *  # noqa: F403

ROOT_URLCONF = "browser_urls"

# The browsable API would load style sheets and scripts into the frames of hostile pages.
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
