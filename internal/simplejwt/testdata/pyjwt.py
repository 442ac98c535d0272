# SPDX-License-Identifier: Apache-2.0
"""Print what each release of PyJWT from 2.4.0 on makes of the same tokens, as JSON.

Run it by the Python of a virtual environment that holds djangorestframework-simplejwt,
Django, cryptography and time-machine. It installs each PyJWT that pip knows into a
folder of its own, and lets SimpleJWT judge the tokens with it:

    python pyjwt.py > pyjwt.json

A case is its token, or the payload of one that is signed as usual; whether the edge may
be stricter than PyJWT by RFC 7515, RFC 7519 or RFC 8725; and a list of answers: the
first release that gave one, the text for a refresh and the text for a verification (""
where the token was good, "crash" where Django answers 500). Most cases have one answer
for all releases. --random takes the number of cases that each setup gets at random.
"""
import base64
import hashlib
import hmac
import json
import os
import random
import re
import subprocess
import sys
import tempfile

NOW = 1767323045  # and 678901 microseconds
SECRET = b"golden vectors: sixty-four bytes, as HS512 wants (RFC 7518 3.2)!"
HEADER = '{"alg":"HS256","typ":"JWT"}'
GOOD = {"token_type": '"refresh"', "exp": NOW + 3600, "iat": NOW - 3600, "jti": '"0123"', "user_id": 1}
ISSUER, AUDIENCE = "https://id.example/", "api"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

SETUPS = {
    "plain": {},
    "issuer and audience": {"ISSUER": ISSUER, "AUDIENCE": AUDIENCE},
    "leeway of 10 seconds": {"LEEWAY": 10},
    "leeway of half a second": {"LEEWAY": 0.5},
}

ODD = ["null", "true", "false", '""', '"x"', '" 5 "', '"1_0"', "[]", '["a"]', "{}", '{"a":1}', "0", "-1", "7", "0.5", "-0.0", "1e400", "-1e400", "1e300", "NaN", "Infinity",
       "-Infinity", "1" + "0" * 40, "-1" + "0" * 40, f'"{NOW + 60}"', f'"{NOW - 60}"', "253402300799", "253402300800", str(2**63), '"\\ud800"', "[[1]]"]
TIMES = [str(NOW + d) for d in (-11, -10, -9, -2, -1, 0, 1, 2, 3, 9, 10, 11, 12, 60)] + [repr(NOW + d) for d in (-10.5, -9.5, -0.5, 0.17, 0.5, 0.9, 1.2, 1.7, 10.2, 10.7, 11.3)]
ISSUERS = ['"https://id.example/"', '"https://id.example"', '"id"', '""', '"https://id.example/x"', "5", "null", '["https://id.example/"]', "true", '{"https://id.example/":1}', "1.5"]
AUDIENCES = ['"api"', '"ap"', '""', '["api"]', '["x","api"]', '["api",1]', "[]", "null", "5", '{"api":1}', '[["api"]]', '"API"', "true"]
HEADERS = [
    '{"typ":"JWT","alg":"HS256"}', '{"alg":"HS256"}', '{"alg":"HS256","typ":7}', '{"alg":"HS256","typ":null}', '{"alg":"HS256","kid":"k"}',
    '{}', '{"typ":"JWT"}', '{"alg":null}', '{"alg":""}', '{"alg":["HS256"]}', '{"alg":{}}', '{"alg":256}', '{"alg":true}', '{"alg":"none"}', '{"alg":"hs256"}', '{"alg":"HS384"}', '{"alg":"RS256"}',
    '[]', '"HS256"', "null", "7", "", "{", '{"alg":"HS256"', '{"alg":"HS256"}x', "\xff", '{"alg":"HS256","x":1e400}', '{"alg":"HS256","x":[1,{"y":"\\u00e9"}]}',
]
STRICT_HEADERS = [
    '{"alg":"HS256","kid":7}', '{"alg":"HS256","kid":null}', '{"alg":"HS256","kid":["k"]}', '{"alg":"HS256","crit":["exp"],"exp":1}', '{"alg":"HS256","crit":[]}', '{"alg":"HS256","crit":"b64"}',
    '{"alg":"HS256","crit":["b64"]}', '{"alg":"HS256","crit":["b64"],"b64":true}', '{"alg":"HS256","crit":["b64"],"b64":false}', '{"alg":"HS256","crit":[1],"b64":true}',
    '{"alg":"HS256","crit":{"b64":1},"b64":true}', '{"alg":"HS256","crit":null}', '{"alg":"HS256","b64":true}', '{"alg":"HS256","b64":false}', '{"alg":"HS256","b64":null}', '{"alg":"HS256","b64":0}', '{"alg":"HS256","b64":1}',
    '{"alg":"HS256","alg":"none"}', '{"alg":"none","alg":"HS256"}', '{"alg":"HS256","x":NaN}', '{"alg":"HS256","x":-Infinity}', "\ufeff" + HEADER,
]
# What may be in SIGNING_KEY: a secret that a release refuses makes every answer a 500.
SECRETS = [
    SECRET.decode(), "", " ", "k", "django-insecure-x", "my ssh-rsa key", "ssh-rsa AAAA", " ssh-ed25519 AAAA", "x ecdsa-sha2-nistp256", "my-cert-v01@openssh.com AAAA", "ssh-dss",
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----", "---- BEGIN PUBLIC KEY ----\nAAAA\n---- END PUBLIC KEY ----",
    "---- BEGIN RSA PRIVATE KEY ----\nAAAA\n---- END RSA PRIVATE KEY ----", "x-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----x", "-----BEGIN PUBLIC KEY-----",
    '{"kty":"oct","k":"AAAA"}', ' {"kty":"oct","k":NaN}', '{"keys":[{"kty":"RSA"}]}', '[{"kty":"RSA"}]', '{"a":1}', '{"kty":', "[1]", '{"x":{"kty":1}}', "123", '"kty"', "kty",
]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(text):
    return text if isinstance(text, bytes) else text.encode("latin-1") if text == "\xff" else text.encode()


def signed(header, payload):
    start = f"{header}.{payload}"
    return start + "." + b64(hmac.new(SECRET, start.encode(), hashlib.sha256).digest())


def token(payload, header=HEADER):
    return signed(b64(raw(header)), b64(raw(payload)))


def change(**claims):
    merged = GOOD | claims
    return "{" + ",".join(f'"{k}":{v}' for k, v in merged.items() if v is not None) + "}"


def pad(segment):
    return segment + "=" * (-len(segment) % 4)


def spare(segment):
    """The segment with another of the spellings that its last bits allow, where there is one."""
    return segment if len(segment) % 4 == 0 else segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) ^ 1]


def segments():
    """Tokens whose base64url is odd; the signature holds for the bytes as they stand."""
    for payload in (change(), change() + " ", change() + "  "):
        header, body = b64(HEADER.encode() + b" "), b64(payload.encode())
        for odd in (pad, spare, lambda s: s + "=", lambda s: s + "==", lambda s: s + "===", lambda s: s + "====", lambda s: s[:9] + "!" + s[9:], lambda s: s[:8] + "****" + s[8:],
                    lambda s: s + "\n", lambda s: s[:4] + "+/" + s[4:], lambda s: s[:8] + "=" + s[8:], lambda s: pad(s)[:-1], lambda s: s + "A", lambda s: s + "\u00e9", lambda s: ""):
            yield signed(odd(header), body)
            yield signed(header, odd(body))
            start, mac = signed(header, body).rsplit(".", 1)
            yield start + "." + odd(mac)
    good = token(change())
    yield from (good + ".", good + "." + good, "." + good, good.rsplit(".", 1)[0], good.replace(".", "..", 1), good.replace(".", ".!.", 1), "", ".", "..", good + " ")


def claims(setup):
    wanted = {"iss": json.dumps(ISSUER), "aud": json.dumps(AUDIENCE)} if "ISSUER" in SETUPS[setup] else {}
    for claim in ("exp", "iat", "nbf"):
        yield from (change(**wanted, **{claim: v}) for v in (TIMES if SETUPS[setup] else TIMES + ODD))
    for claim, values in (("sub", ODD), ("jti", ODD), ("iss", ISSUERS), ("aud", AUDIENCES)):
        if not SETUPS[setup] or claim in wanted:
            yield from (change(**wanted | {claim: v}) for v in values)
    yield from (change(**wanted | c) for c in (
        {}, {"exp": NOW - 5, "iss": "5"}, {"token_type": '"access"', "iss": "5"}, {"jti": None, "iss": "5"}, {"exp": NOW - 5, "iat": NOW + 60}, {"exp": NOW - 5, "sub": "5"},
        {"exp": NOW - 5, "iat": "null"}, {"exp": "null", "iat": NOW + 60}, {"iat": '"x"', "exp": "[]"}, {"exp": None, "iat": NOW + 60}, {"jti": "7", "token_type": '"access"'}))


def chaos(setup, count):
    rng = random.Random(setup)
    values = {"exp": TIMES + ODD, "iat": TIMES + ODD, "nbf": TIMES + ODD, "sub": ODD, "jti": ODD + [None], "iss": ISSUERS + ODD, "aud": AUDIENCES + ODD,
              "token_type": ['"access"', '"refresh"', '"sliding"', None, "7"], "user_id": ODD}
    wanted = {"iss": json.dumps(ISSUER), "aud": json.dumps(AUDIENCE)} if "ISSUER" in SETUPS[setup] else {}
    for _ in range(count):
        odd = {name: rng.choice(values[name]) for name in rng.sample(sorted(values), rng.randint(1, 3))}
        strict = rng.random() < 0.1
        text = token(change(**wanted | odd), rng.choice(STRICT_HEADERS) if strict else rng.choice(HEADERS) if rng.random() < 0.1 else HEADER)
        if rng.random() < 0.15:
            at, strict = rng.randrange(len(text)), True
            text = text[:at] + rng.choice(ALPHABET + "=.!\n +/") + text[at + rng.randint(0, 1):]
        yield text, strict


def cases(setup, count):
    made = [(token(p), False) for p in claims(setup)]
    if setup == "plain":
        made += [(t, True) for t in segments()]
        made += [(token(change(), h), False) for h in HEADERS] + [(token(change(), h), True) for h in STRICT_HEADERS]
        made += [(signed(b64(h.encode()), ""), True) for h in STRICT_HEADERS]
        made += [(token(change(x="[" * n + "]" * n)), n > 900) for n in (100, 890, 1200)] + [(token(change(), '{"alg":"HS256","x":' + "[" * n + "]" * n + "}"), n > 900) for n in (100, 1200)]
        made += [(token(p), False) for p in ("", "[]", "7", "null", '"x"', "{", change() + "x", "\xff", change(iat="9" * 4301))]
    return [[text, strict or partial(setup, text)] for text, strict in dict(made + list(chaos(setup, count))).items()]


def partial(setup, text):
    """Whether the issuer is a part of ISSUER, which PyJWT 2.10.0 takes (CVE-2024-53861)."""
    try:
        issuer = json.loads(base64.urlsafe_b64decode(pad(text.split(".")[1])))["iss"]
    except (ValueError, LookupError, TypeError):
        return False
    return "ISSUER" in SETUPS[setup] and isinstance(issuer, str) and issuer in ISSUER[:-1]


def written(text):
    """The payload alone, where the rest says nothing."""
    try:
        payload = base64.urlsafe_b64decode(pad(text.split(".")[1])).decode()
    except (ValueError, LookupError):
        return text
    return payload if payload.startswith("{") and token(payload) == text else text


def judge(setups):
    """Run with one PyJWT in front of the path: print the answers to all cases."""
    import datetime

    import django
    from django.conf import settings

    settings.configure(SECRET_KEY=SECRET.decode(), USE_TZ=True, INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework_simplejwt"],
                       SIMPLE_JWT={"REFRESH_TOKEN_LIFETIME": datetime.timedelta(hours=24)})
    django.setup()
    import jwt
    import rest_framework_simplejwt.tokens as tokens
    import time_machine
    from rest_framework_simplejwt.backends import TokenBackend

    def refresh(text):
        token = tokens.RefreshToken(text)
        str(token.access_token)
        token.set_jti()
        token.set_exp()
        token.set_iat()
        str(token)

    def outcome(do, text):
        try:
            do(text)
            return ""
        except tokens.TokenError as e:
            return str(e.args[0])
        except Exception:  # Django answers 500
            return "crash"

    answers = {}
    with time_machine.travel(datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc) + datetime.timedelta(microseconds=678901), tick=False):
        for setup, texts in setups.items():
            given = {name.lower(): value for name, value in SETUPS[setup].items()}
            tokens.Token._token_backend = TokenBackend("HS256", SECRET.decode(), **given)
            answers[setup] = [[outcome(refresh, text), outcome(tokens.UntypedToken, text)] for text, _ in texts]
        token = tokens.RefreshToken()
    header = base64.urlsafe_b64decode(str(token).split(".")[0] + "==").decode()

    def refuses(secret):
        try:
            jwt.PyJWS()._algorithms["HS256"].prepare_key(secret)
            return False
        except Exception:
            return True

    print(json.dumps({"header": header, "refused": [refuses(s) for s in SECRETS], "answers": answers}))


def main(count):
    with tempfile.TemporaryDirectory() as folder:
        def python(*args, path="", **kw):
            return subprocess.run([sys.executable, "-W", "ignore", *args], env=os.environ | {"PYTHONPATH": path}, check=True, text=True, stdout=subprocess.PIPE, **kw).stdout

        known = re.findall(r"\d+\.\d+\.\d+", python("-m", "pip", "index", "versions", "PyJWT").split("Available versions:")[1].split("\n")[0])
        releases = sorted(tuple(map(int, v.split("."))) for v in known)
        releases = [".".join(map(str, v)) for v in releases if v >= (2, 4, 0)]
        setups = {name: cases(name, count) for name in SETUPS}
        file = os.path.join(folder, "cases.json")
        with open(file, "w") as f:
            json.dump(setups, f)
        history = {name: [[text, strict, []] for text, strict in made] for name, made in setups.items()}
        headers, secrets = [], [[s, []] for s in SECRETS]
        for release in releases:
            target = os.path.join(folder, release)
            python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", target, "PyJWT==" + release)
            said = json.loads(python(__file__, "judge", file, path=target))
            for name, answers in said["answers"].items():
                for case, answer in zip(history[name], answers):
                    if not case[2] or case[2][-1][1:] != answer:
                        case[2].append([release, *answer])
            if not headers or headers[-1][1] != said["header"]:
                headers.append([release, said["header"]])
            for secret, refused in zip(secrets, said["refused"]):
                if refused:
                    secret[1].append(release)
    from importlib.metadata import version
    out = [f'"simplejwt":{json.dumps(version("djangorestframework-simplejwt"))}', f'"releases":{json.dumps(releases)}', f'"headers":{json.dumps(headers)}',
           '"secrets":[\n' + ",\n".join(json.dumps(s, separators=(",", ":")) for s in secrets) + "]"]
    out.append('"setups":[' + ",\n".join('{"settings":' + json.dumps(SETUPS[name]) + ',"cases":[\n' + ",\n".join(json.dumps([written(text), strict, answers], separators=(",", ":")) for text, strict, answers in made) + "]}"
                                        for name, made in history.items()) + "]")
    print("{" + ",\n".join(out) + "}")


if sys.argv[1:2] == ["judge"]:
    with open(sys.argv[2]) as f:
        judge(json.load(f))
else:
    main(int(sys.argv[2]) if sys.argv[1:2] == ["--random"] else 60)
