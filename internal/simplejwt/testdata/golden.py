# SPDX-License-Identifier: Apache-2.0
"""Print what one release of SimpleJWT makes of a set of tokens, as JSON.

Run it by the Python of a virtual environment that holds djangorestframework-simplejwt,
PyJWT, cryptography and time-machine, once for each release:

    python golden.py > golden-5.5.json

The clock stands still and a jti is a count of the tokens made, so all but the
signatures of ES and PS comes out alike each time. For each setup there are
tokens that the release minted, with the access and the refresh token that come
of them, and payloads that were signed as they stand, with the payload of the
access token or the text of the refusal, and the answer to verifying them.
"""
import datetime
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

MICROSECOND = datetime.timedelta(microseconds=1)
NOW = 1767323045  # and 678901 microseconds
SECRET = "golden vectors: sixty-four bytes, as HS512 wants (RFC 7518 3.2)!"
KEYS = Path(__file__).parent / "keys"
MODERN = not version("djangorestframework-simplejwt").startswith(("5.2", "5.3"))


def asymmetric(algorithm, name):
    return {
        "ALGORITHM": algorithm,
        "SIGNING_KEY": (KEYS / f"{name}.pem").read_text(),
        "VERIFYING_KEY": (KEYS / f"{name}.pub").read_text(),
    }


RICH = {
    "user_id": 9007199254740993, "name": "Zo\u00eb \U0001f600 \ud800", "ratio": 0.1, "tiny": 1e-07, "huge": 10**30,
    "nested": {"b": [1, {"a": None}, []], "a": True, "": {}}, "aud": "other", "iss": None, "empty": "",
    "markup": "</a>&\"\\/", "control": "\u2028\n\x7f", "nan": float("nan"), "clé": [-0.0, 1e16],
}
PLAIN = {"user_id": "42"}
RENAMED = {"TOKEN_TYPE_CLAIM": "kind", "JTI_CLAIM": "id", "USER_ID_CLAIM": "sub"}

# name: (settings, claims to mint with, payloads to be judged)
SETUPS = {
    "plain": ({}, [PLAIN, RICH, {}, {"session": 1.5, "nbf": NOW}], "all"),
    "hs384": ({"ALGORITHM": "HS384"}, [RICH], ""),
    "hs512, one audience, issuer": ({"ALGORITHM": "HS512", "AUDIENCE": "api", "ISSUER": "https://id.example/é"}, [PLAIN, {"iss": 1, "x": 2, "aud": [3], "y": 4}], "audience"),
    "two audiences": ({"AUDIENCE": ["api", "web"]}, [PLAIN, {"iss": "theirs", "z": 0}], "audience"),
    "a list of one audience": ({"AUDIENCE": ["api"]}, [PLAIN, {"aud": "web"}], ""),
    "no type": ({"TOKEN_TYPE_CLAIM": None}, [PLAIN, {"null": "theirs", "token_type": "theirs"}], "unnamed"),
    "no id": ({"JTI_CLAIM": None}, [PLAIN, {"null": "theirs", "jti": "theirs"}], "unnamed"),
    "neither type nor id": ({"TOKEN_TYPE_CLAIM": None, "JTI_CLAIM": None}, [PLAIN, {"null": 1, "": 2}], "unnamed"),
    "renamed claims": (RENAMED, [{"sub": "7", "jti": "theirs", "token_type": "theirs"}], "renamed"),
    "leeway of 10 seconds": ({"LEEWAY": 10}, [PLAIN], "times"),
    "leeway of half a second": ({"LEEWAY": 0.5}, [PLAIN], "times"),
    "RS256": (asymmetric("RS256", "rsa"), [RICH], ""),
    "RS384": (asymmetric("RS384", "rsa"), [PLAIN], ""),
    "RS512": (asymmetric("RS512", "rsa"), [PLAIN], ""),
    "ES256": (asymmetric("ES256", "es256"), [RICH], ""),
    "ES384": (asymmetric("ES384", "es384"), [PLAIN], ""),
    "ES512": (asymmetric("ES512", "es512"), [PLAIN], ""),
}
if MODERN:
    SETUPS |= {
        "PS256": (asymmetric("PS256", "rsa"), [RICH], ""),
        "PS384": (asymmetric("PS384", "rsa"), [PLAIN], ""),
        "PS512": (asymmetric("PS512", "rsa"), [PLAIN], ""),
        "EdDSA": (asymmetric("EdDSA", "ed25519"), [RICH], ""),
    }

GOOD = {"token_type": "refresh", "exp": NOW + 3600, "iat": NOW - 3600, "jti": "0123", "user_id": 1}
GONE = object()


def change(**claims):
    merged = GOOD | claims
    return json.dumps({k: v for k, v in merged.items() if v is not GONE}, separators=(",", ":"))


def payloads(which):
    times = [change(**{claim: NOW + d}) for claim in ("exp", "iat", "nbf")
             for d in (-11, -10, -9, -1, 0, 1, 2, 9, 10, 11, -9.5, -0.9, -0.5, 0.17, 0.18, 0.19, 0.5, 0.6, 1.2, 1.7, 10.2, 10.7)]
    if which == "times":
        return times
    if which == "audience":
        return [change(**c) for c in (
            {"aud": "api"}, {"aud": ["x", "web"]}, {"aud": ["web"], "iss": "https://id.example/é"}, {"aud": "api", "iss": "https://id.example/é"},
            {"aud": ["api", "x"], "iss": "https://id.example/é"}, {"aud": "apx"}, {"aud": []}, {"aud": ""}, {"aud": None}, {"aud": ["api", 1]},
            {"aud": {"api": 1}}, {"aud": [["api"]]}, {"aud": "api", "iss": ["https://id.example/é"]}, {"aud": "api", "iss": None}, {"aud": "api", "iss": ""},
            {"iss": "https://id.example/é", "exp": NOW - 1}, {"aud": "api", "iss": "no", "exp": NOW - 1}, {"aud": "API"}, {"aud": " api"})]
    if which == "renamed":
        return [change(**c) for c in (
            {}, {"id": "x"}, {"kind": "refresh"}, {"kind": "refresh", "id": "x"}, {"kind": "refresh", "id": "x", "jti": GONE},
            {"kind": "refresh", "id": 7}, {"kind": "access", "id": "x"}, {"kind": "refresh", "id": "x", "sub": 7}, {"kind": "refresh", "id": "x", "jti": 7})]
    if which == "unnamed":  # the names null are where a token that was rotated has the key None
        times = f'"exp":{NOW + 3600},"iat":{NOW - 3600}'
        return [change(**c) for c in ({}, {"jti": GONE}, {"token_type": GONE}, {"jti": GONE, "token_type": GONE}, {"token_type": "access"},
                                      {"iat": GONE}, {"": "x"}, {"null": 1}, {"jti": ["a"]}, {"exp": GONE}, {"exp": NOW - 5})] + [
            '{"null":"refresh",' + times + ',"null":"a","user_id":1}', '{"token_type":"refresh","null":"b",' + times + ',"null":{},"jti":"c","null":"d"}',
            '{' + times + ',"token_type":"refresh","jti":"c","null":[1],"null":null,"null":"e","z":0}']
    if which == "all":
        odd = [-1, 0, True, False, None, "", " 5 ", "1_0", "x", str(NOW + 60), str(NOW - 60), f" {NOW + 60}\n", [], {}, [1], float("nan"), float("inf"), -float("inf"),
               1e300, -1e300, 2**63, -(2**63), 10**40, 253402300799, 253402300800, 253402300799.5, 4e11, NOW + 0.5, "+5", "-", "5_", "_5", "1__0", "1.0"]
        return times + [change(**{claim: v}) for claim in ("exp", "iat", "nbf") for v in odd] + [change(**c) for c in (
            {}, {"exp": GONE}, {"jti": GONE}, {"iat": GONE}, {"token_type": GONE}, {"user_id": GONE},
            {"jti": 7}, {"jti": None}, {"jti": ["a"]}, {"jti": ""}, {"sub": 7}, {"sub": None}, {"sub": "s"},
            {"token_type": "access"}, {"token_type": "sliding"}, {"token_type": None}, {"token_type": ["refresh"]}, {"token_type": "REFRESH"},
            {"user_id": None}, {"user_id": {"a": 1}}, {"user_id": "a"}, {"aud": "any"}, {"aud": 5}, {"iss": 5},
            # which of several faults is named
            {"exp": NOW - 5, "jti": GONE, "token_type": "access"}, {"exp": NOW - 5, "iat": NOW + 5}, {"exp": NOW - 5, "nbf": NOW + 5},
            {"exp": GONE, "jti": GONE, "token_type": GONE}, {"jti": GONE, "token_type": GONE}, {"jti": GONE, "token_type": "access"},
            {"exp": NOW - 5, "jti": 7}, {"exp": NOW - 5, "sub": 7}, {"exp": GONE, "jti": 7}, {"exp": GONE, "iat": "x"}, {"exp": "x", "iat": NOW + 5})]
    return []


def judge(name):
    import django
    from django.conf import settings

    given, claims, which = SETUPS[name]
    settings.configure(
        SECRET_KEY=SECRET, USE_TZ=True, INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework_simplejwt"],
        SIMPLE_JWT={"ACCESS_TOKEN_LIFETIME": datetime.timedelta(seconds=300), "REFRESH_TOKEN_LIFETIME": datetime.timedelta(hours=24)} | given,
    )
    django.setup()
    import jwt
    import rest_framework_simplejwt.tokens as tokens
    import time_machine
    from rest_framework_simplejwt.state import token_backend

    class Counted:
        made = 0

        def __init__(self):
            Counted.made += 1
            self.hex = f"{Counted.made:032x}"

    tokens.uuid4 = Counted
    key = getattr(token_backend, "prepared_signing_key", token_backend.signing_key)

    def at(seconds, microseconds=0):
        Counted.made = 0
        return time_machine.travel(datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc) + microseconds * MICROSECOND, tick=False)

    def refresh(text):
        token = tokens.RefreshToken(text)
        access = str(token.access_token)
        token.set_jti()
        token.set_exp()
        token.set_iat()
        return {"access": access, "refresh": str(token)}

    def outcome(do, text):
        with at(NOW, 678901):
            try:
                return do(text)
            except tokens.TokenError as e:
                return str(e.args[0])
            except Exception:  # Django answers 500
                return "crash"

    minted, judged = [], []
    for own in claims:
        with at(NOW - 3600):
            token = tokens.RefreshToken()
            token.payload.update(own)
            token = str(token)
        minted.append({"token": token, **outcome(refresh, token)})
    for payload in payloads(which):
        token = jwt.api_jws.encode(payload.encode(), key, token_backend.algorithm)
        refreshed = outcome(refresh, token)
        if isinstance(refreshed, dict):
            refreshed = jwt.api_jws.decode(refreshed["access"], key, [token_backend.algorithm]).decode()
        judged.append([payload, refreshed, outcome(lambda t: tokens.UntypedToken(t) and "", token)])
    return {"setup": name, "settings": {k: v for k, v in given.items() if not k.endswith("KEY")}, "minted": minted, "judged": judged}


if len(sys.argv) > 1:
    print(json.dumps(judge(sys.argv[1])))
else:
    setups = [json.loads(subprocess.check_output([sys.executable, "-W", "ignore", __file__, name])) for name in SETUPS]
    print("[" + ",\n".join(json.dumps(s, separators=(",", ":")).replace('],["', '],\n["') for s in setups) + "]")
