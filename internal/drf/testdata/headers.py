# SPDX-License-Identifier: Apache-2.0
"""Prints what parse_header_parameters of the installed Django makes of header values.

    .venv-5.4/bin/python testdata/headers.py > testdata/headers-classic.json
    .venv-5.5/bin/python testdata/headers.py > testdata/headers-email.json
"""

import json
import random
import sys

import django
from django.utils.http import parse_header_parameters

NAMED = """
application/json|text/html; q=0.5|TEXT/HTML ;Q=1| application/json ; charset = "utf-8" |;|;;|=|a=b|a=b;|application/json=x;y=z
=application/json;x|a/b;c|a/b;c;C=1|a/b;=x|a/b; =x|a/b;c=|a/b;c==d|a/b;c=d=e|a/b;c="d;e"|a/b;c="d;e|a/b;c="d\\";e";f=g|a/b;c=d\\";e=f
a/b;c=<d>|a/b;c="<d>"|a/b;c=<d;e>|a/b;c="d|a/b;c=d"|a/b;c="|a/b;c=""|a/b;c="\\"|a/b;c="\\\\"|a/b;c="\\\\\\""|a/b;c='d'|a/b;c=<|a/b;c=>|a/b;c=<>
a/b;c=1;c=2|a/b;C=1;c=2|a/b;c*=1;c=2|a/b;c=1;c*=2|a/b;c=1;c*0=2|a/b;c*0=1;c=2|a/b;c*0=1;C*1=2|a/b;c*1=1;c*0=2|a/b;c*10=1;c*9=2|a/b;c*0=1;c*0=0
a/b;c*00=1;c*0=2|a/b;c*0*=1;c*0=1|a/b;c*0*=%64;c*0=%64|a/b;c*;c=1|a/b;C*;c=1|a/b;c*0|a/b;c**=1|a/b;c*x=1|a/b;c*0*0=1|a/b;c* =1|a/b;c *=1|a/b;c-d*=1|a/b;*=1|a/b;*0=1
a/b;c*=1;c*0=2|a/b;c*0=1;c*=2|a/b;c*=2;c*=1|a/b;c*0=1;c*2=3|a/b;c*1=2|a/b;c*=utf-8''d|a/b;c*=utf-8'en'd|a/b;c*=utf-8''%64|a/b;c*=UTF8''%c3%a9
a/b;c*=''%64|a/b;c*='en'd|a/b;c*=''"d"|a/b;c*="utf-8''d"|a/b;c*="utf-8''"|a/b;c*=utf-8''"d"|a/b;c*=utf-8'd|a/b;c*=d|a/b;c*=%64|a/b;c*=%e9|a/b;c*=%c3%a9
a/b;c*=latin-1''%e9|a/b;c*=ascii''%e9|a/b;c*=utf-8''%e9|a/b;c*=utf-8''%zz%4|a/b;c*=utf-8'a'b'c|a/b;c'*=utf-8'b|a/b;c*=nonsense''d|a/b;c*=nonsense''%64
a/b;c*=hex''%64|a/b;c*=hex''d|a/b;c*=zlib''"%64"|a/b;c*=undefined''%64|a/b;c*=utf-8%00''d|a/b;c*=%00''d|a/b;c*=utf"8''d|a/b;c*="utf\\"8''d"|a/b;c*=utf\\8''d
a/b;c*0*=utf-8''%64;c*1=%65|a/b;c*0=utf-8''%64;c*1*=%65|a/b;c*0*=utf;c*1=-8'';c*2*=%65|a/b;c*0*=%c3;c*1*=%a9|a/b;c*0*=utf-8''%c3;c*1*=%a9|a/b;c*0=a'b;c*1*='c
a/b;c=\u00e9|\u00e9/b;c=d|a/b;c*=utf-8''\u00e9|a/b;c*=latin-1''\u00e9%e9|a/b;c*=utf-8''\u20ac|a/b;c*=latin-1''\U0001f600|a/b;c=\u00a0d\u00a0|a/b;\u00a0c=d|\u00a0a/b\u00a0;c
a/b;c*=utf-16''%64|a/b\t;\tc\t=\td\t|a/b;c*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A|a/b;c*0*=us-ascii'en'This%20is%20even%20more%20;c*1*=%2A%2A%2Afun%2A%2A%2A%20;c*2="isn't it!"
"""

NAMES = ["c", "c", "C", "d", "charset", "", "c d"]
STARS = ["", "", "", "*", "*0", "*1", "*0*", "*1*", "*2", "*10", "**", "* "]
VALUES = ["d", "d e", "", "utf-8", "'", "''", "utf-8''", "utf-8''d", "utf-8''%64%C3%A9", "latin-1'x'%e9", "nonsense''d", "%64", "a;b", "a\\b", 'a\\"b', '"', "\u00e9", "<d>", "=", "a'b"]


def value(rng):
    text = rng.choice(VALUES)
    return rng.choice([text, text, '"%s"' % text, '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"'), '"' + text, " %s " % text, "<%s>" % text])


def line(rng):
    text = rng.choice(["a/b", "a/b", "A/B ", "", "a=b", '"a/b"'])
    for _ in range(rng.randrange(1, 5)):
        name = rng.choice(NAMES) + rng.choice(STARS)
        text += rng.choice([";", "; ", " ; ", ";;"]) + name + rng.choice(["=" + value(rng), "=" + value(rng), " = " + value(rng), ""])
    return text


def read(text):
    try:
        main, params = parse_header_parameters(text)
    except Exception as exc:
        return {"Line": text, "Error": "ValueError" if isinstance(exc, ValueError) else type(exc).__name__}
    return {"Line": text, "Value": main, "Params": params}


rng = random.Random(2231)
lines = [text for row in NAMED.strip("\n").split("\n") for text in row.split("|")] + [line(rng) for _ in range(400)]
rows = [json.dumps(read(text)) for text in dict.fromkeys(lines) if ";" in text or "=" in text]
print('{"Django": "%s", "Python": "%s", "Headers": [' % (django.__version__, sys.version.split()[0]))
print(",\n".join(rows))
print("]}")
