# SPDX-License-Identifier: Apache-2.0
"""Prints codecs.txt: the codecs of the Python that runs it."""

import codecs
import importlib
import pkgutil
from encodings import __path__ as path
from encodings.aliases import aliases

print("# The codecs of Python 3.11 (Lib/encodings): the module, then its aliases. A module")
print("# with an exclamation mark is no text encoding. Written by testdata/codecs.py.")
for name in sorted(module.name for module in pkgutil.iter_modules(path)):
    try:
        codecs.lookup(name)
    except LookupError:
        continue  # of Windows
    if not hasattr(importlib.import_module("encodings." + name), "getregentry"):
        continue  # aliases
    try:
        "".encode(name)
        mark = ""
    except (LookupError, UnicodeError):
        mark = "!"
    print(mark + name, *sorted(alias for alias, module in aliases.items() if module == name != alias))
