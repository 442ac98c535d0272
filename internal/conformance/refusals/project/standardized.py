# SPDX-License-Identifier: Apache-2.0
"""The project with the exception handler of drf-standardized-errors."""

from settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "drf_standardized_errors"]
REST_FRAMEWORK = {"EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler"}
