# SPDX-License-Identifier: Apache-2.0
"""manage.py, and `manage.py run <code>` for a few lines in the project's own Python."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

if sys.argv[1] == "run":
    import django

    django.setup()
    exec(sys.argv[2])
else:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
