# SPDX-License-Identifier: Apache-2.0
"""Says what a Django project with djangorestframework-simplejwt does at its token
endpoints, in one line of JSON, for `caddyrefresh token-refresh import`:

    python manage.py shell -v 0 -c "$(caddyrefresh token-refresh import --script)" > facts.txt

It reads settings, URLs and classes, and connects to nothing. What it prints is an
allow-list: no key, no password and no value of the environment is in it.
"""

import ast
import contextlib
import glob
import inspect
import json
import os
import platform
import re
import sys
import textwrap
from urllib.parse import unquote, urlsplit

MARK = "caddyrefresh" + "-facts"  # in two parts, so that an echo of this text is no line of facts

# What a view may say without another answer to a POST: its documentation.
HARMLESS = {
    "schema", "swagger_schema", "tags", "name", "description", "suffix", "versions", "metadata_class",
    "view_is_async", "_is_coroutine", "throttle_scope", "csrf_exempt", "queryset",
}
# What is looked at by its effect, and not by who set it.
EFFECTIVE = {
    "serializer_class", "_serializer_class", "permission_classes", "authentication_classes", "throttle_classes",
    "renderer_classes", "parser_classes", "content_negotiation_class", "versioning_class",
}
# Whose decorators leave the answer as it is. Those that check CSRF, compress or ask
# for a login come from other modules.
QUIET = (
    "django.views.decorators.csrf", "django.views.decorators.cache", "django.views.decorators.debug",
    "django.views.decorators.vary", "rest_framework.", "drf_spectacular.",
)
KINDS = {
    "TokenObtainPairView": "obtain",
    "TokenRefreshView": "refresh",
    "TokenVerifyView": "verify",
    "TokenBlacklistView": "blacklist",
    "TokenObtainSlidingView": "sliding_obtain",
    "TokenRefreshSlidingView": "sliding_refresh",
}
TEXTS = [
    "Token is invalid", "Token is expired", "Token is invalid or expired", "Token is blacklisted", "Token has wrong type",
    "Token has no id", "No active account found for the given token.", "This field is required.",
    "This field may not be blank.", "This field may not be null.", "Not a valid string.", "No valid refresh token found.",
]
DJ_REST_AUTH = "dj_rest_auth.jwt_auth"
# Of REST_AUTH: what its refresh view reads, and what a reader may expect it to.
REST_AUTH = [
    "USE_JWT", "SESSION_LOGIN", "JWT_AUTH_COOKIE", "JWT_AUTH_REFRESH_COOKIE", "JWT_AUTH_REFRESH_COOKIE_PATH", "JWT_AUTH_SECURE",
    "JWT_AUTH_HTTPONLY", "JWT_AUTH_SAMESITE", "JWT_AUTH_COOKIE_DOMAIN", "JWT_AUTH_RETURN_EXPIRATION", "JWT_AUTH_COOKIE_USE_CSRF",
    "JWT_AUTH_COOKIE_ENFORCE_CSRF_ON_UNAUTHENTICATED",
]
# Options of a database whose values are modes and paths. Others may be secrets.
NETWORK_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
# Modules whose classes are not the project's own.
LIBRARIES = ("rest_framework", "django.", "dj_rest_auth.", "drf_spectacular.", "corsheaders.", "builtins")
COOKIE_OPTIONS = ("path", "domain", "secure", "httponly", "samesite")


def dotted(thing):
    """The dotted name of a class or a function."""
    if thing is None or isinstance(thing, str):
        return thing
    return "%s.%s" % (getattr(thing, "__module__", "?"), getattr(thing, "__qualname__", type(thing).__qualname__))


def attempt(function, otherwise=None):
    """What function returns, or otherwise where it fails: one odd setting hides no other."""
    try:
        return function()
    except Exception:
        return otherwise


def versions():
    from importlib import metadata

    names = ["djangorestframework-simplejwt", "PyJWT", "djangorestframework", "Django", "dj-rest-auth", "django-cors-headers"]
    found = {name.lower(): attempt(lambda: metadata.version(name)) for name in names}
    found["python"] = platform.python_version()
    return {name: version for name, version in found.items() if version}


def value(of):
    """A setting's value where JSON has it; else how it is to be read."""
    if of is None or isinstance(of, (bool, int, float, str)):
        return of
    if type(of).__name__ == "timedelta":
        return {"microseconds": (of.days * 86400 + of.seconds) * 10**6 + of.microseconds}
    if isinstance(of, (list, tuple, set, frozenset)):
        return [value(one) for one in of]
    return {"python": dotted(of) if inspect.isclass(of) or inspect.isroutine(of) else dotted(type(of))}


def without_secrets(url):
    """A URL without what may be secret in it, and whether there was something."""
    if not isinstance(url, str) or not url:
        return url, False
    parts = urlsplit(url)
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    return plain, plain != url


def simple_jwt(settings):
    from rest_framework_simplejwt.settings import DEFAULTS, api_settings

    facts = {}
    for name in DEFAULTS:
        if name in ("SIGNING_KEY", "VERIFYING_KEY", "JWK_URL"):
            continue
        try:
            facts[name] = value(getattr(api_settings, name))
        except Exception as error:
            facts[name] = {"python": "%s that cannot be imported" % type(error).__name__}
    url = api_settings.JWK_URL
    plain, cut = without_secrets(url)
    facts["JWK_URL"] = plain
    return {
        "settings": facts,
        "jwk_url_env": env_names(lambda text: bool(url) and text == url),
        "jwk_url_cut": cut,
        "unknown": sorted(set(getattr(settings, "SIMPLE_JWT", None) or {}) - set(DEFAULTS)),
    }


def env_names(fits):
    """The names of the variables whose value fits; those that sound like a key first."""
    names = [name for name, text in os.environ.items() if text and attempt(lambda: fits(text), False)]
    return sorted(names, key=lambda name: (not re.search("KEY|SECRET|URL", name), name))


def key_files(settings):
    """Where a project that reads its key from a file is likely to have it."""
    yield from (text for text in os.environ.values() if len(text) < 4096 and os.path.isfile(text))
    yield from glob.glob("/run/secrets/*")
    module = sys.modules.get(os.environ.get("DJANGO_SETTINGS_MODULE", ""))
    for base in {str(getattr(settings, "BASE_DIR", "")), os.path.dirname(getattr(module, "__file__", "") or ""), os.getcwd()}:
        for pattern in ("*.pem", "*.key", "*/*.pem", "*/*.key"):
            yield from glob.glob(os.path.join(base, pattern)) if base else ()


def key(settings):
    """Where the signing key comes from, and what it is; never the key."""
    from rest_framework_simplejwt.settings import api_settings

    signing = api_settings.SIGNING_KEY
    facts = {"from": "SECRET_KEY" if signing == settings.SECRET_KEY else "SIGNING_KEY", "kind": "other"}
    text = attempt(signing.decode) if isinstance(signing, bytes) else signing
    if not isinstance(text, str):
        return facts
    pem = "-----BEGIN " in text
    facts.update(kind="pem" if pem else "secret", length=len(text.encode("utf-8", "surrogatepass")))
    if not text.strip():
        return facts

    def same(have):
        return have.strip() == text.strip() if pem else have == text

    facts["env"] = env_names(same)
    if pem:
        facts["env_escaped"] = env_names(lambda have: not same(have) and same(have.replace("\\n", "\n")))
    for path in key_files(settings):
        have = attempt(lambda: open(path, encoding="utf-8", newline="").read(65536))
        # Caddy cuts one line break off the end of a file.
        if have and same(have if pem else re.sub("\r?\n\\Z", "", have)):
            facts["file"] = os.path.abspath(path)
            break
    if not str(api_settings.ALGORITHM).startswith("HS"):
        facts["pair"] = attempt(lambda: is_pair(api_settings.ALGORITHM, text, api_settings.VERIFYING_KEY))
    return facts


def is_pair(algorithm, private, public):
    """Whether the verifying key is the public half of the signing key."""
    import jwt

    if not public:
        return None
    known = jwt.get_algorithm_by_name(algorithm) if hasattr(jwt, "get_algorithm_by_name") else jwt.algorithms.get_default_algorithms()[algorithm]
    return known.verify(b"x", known.prepare_key(public), known.sign(b"x", known.prepare_key(private)))


def literal(pattern, language):
    """The path that a pattern stands for, None where it stands for several, and whether anything may stand beside it."""
    from django.urls.resolvers import LocalePrefixPattern, RoutePattern

    if isinstance(pattern, LocalePrefixPattern):
        return pattern.language_prefix, True
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return (None if "<" in text else text), True
    start, rest = text.startswith("^"), text[text.startswith("^"):]
    end = re.search(r"(\$|\\Z|\\z)\Z", rest)
    rest = rest[: end.start()] if end else rest
    rest = re.sub(r"/[?*]\Z", "/", rest)
    plain = re.sub(r"\\([^A-Za-z0-9])", lambda m: "\0" + m.group(1), rest)
    if re.search(r"(?<!\0)[.^$*+?{}\[\]|()\\]", plain):
        return None, True
    return plain.replace("\0", ""), bool(start and (end or not getattr(pattern, "_is_endpoint", False)))


def walk(patterns, prefix, shown, exact, language):
    """Each endpoint below patterns: its path or None, its pattern, whether it is exact, and its view."""
    for entry in patterns:
        text, bounded = literal(entry.pattern, language)
        path = None if text is None or prefix is None else prefix + text
        pattern = shown + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from walk(entry.url_patterns, path, pattern, exact and bounded, language)
        else:
            yield path, pattern, exact and bounded, entry.callback


def languages(settings):
    """The languages that a request may be answered in."""
    if not settings.USE_I18N:
        return []
    if any(name.endswith("LocaleMiddleware") for name in settings.MIDDLEWARE):
        return [code for code, _ in settings.LANGUAGES]
    return [settings.LANGUAGE_CODE]


def urls(settings):
    from django.urls import get_resolver
    from django.utils import translation

    found, unrecognised, keepers, seen = [], [], [], set()
    for language in languages(settings) or [None]:
        with translation.override(language) if language else contextlib.nullcontext():
            for path, pattern, exact, callback in list(walk(get_resolver().url_patterns, "/", "/", True, language)):
                if (path or pattern, callback) in seen:
                    continue
                seen.add((path or pattern, callback))
                facts = view(callback)
                if facts:
                    facts.update(path=path, pattern=pattern, exact=exact, cors=cors_enabled(path), by_language=by_language(settings, path))
                    found.append(facts)
                elif re.search(r"(token|jwt|auth).*refresh|refresh.*token", path or pattern, re.I):
                    unrecognised.append(other(callback, path or pattern))
                elif re.search(r"log-?in|log-?out|sign-?in|token|auth|jwt", path or pattern, re.I):
                    facts = other(callback, path or pattern)
                    if facts["cookies"]:
                        keepers.append(facts)
    return found, unrecognised, keepers


def other(callback, path):
    """What there is to say of a view that is not derived from SimpleJWT's."""
    cls = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    name = "%s.%s" % (cls.__module__, cls.__name__) if is_api_view(cls) else dotted(cls or callback)
    return {"path": path, "view": name, "cookies": cookies(cls or callback)}


def by_language(settings, path):
    """Whether LocaleMiddleware says that the answer depends on Accept-Language."""
    from django.conf.urls.i18n import is_language_prefix_patterns_used
    from django.utils import translation

    if not path or not any(name.endswith("LocaleMiddleware") for name in settings.MIDDLEWARE):
        return False
    return not (is_language_prefix_patterns_used(settings.ROOT_URLCONF)[0] and translation.get_language_from_path(path))


def layers(callback):
    """The decorators around a view that may change its answer."""
    names = []
    while hasattr(callback, "__wrapped__"):
        module = getattr(callback, "__globals__", {}).get("__name__") or type(callback).__module__
        if not module.startswith(QUIET):
            names.append("%s.%s" % (module, getattr(getattr(callback, "__code__", None), "co_name", "decorator")))
        callback = callback.__wrapped__
    return names


def view(callback):
    """What a view of SimpleJWT, or one derived from it, does; None for any other view."""
    from rest_framework_simplejwt import views

    cls = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if not inspect.isclass(cls):
        return None
    base = next((c for c in cls.__mro__ if c.__module__ == views.__name__ and c.__name__ in KINDS), None)
    if base is None:
        if not cls.__module__.startswith("dj_rest_auth."):
            return None
        kind = {"LoginView": "dj_rest_auth_login", "LogoutView": "dj_rest_auth_logout"}.get(cls.__name__)
        return {"kind": kind, "class": dotted(cls)} if kind else None
    initkwargs = getattr(callback, "initkwargs", None) or {}
    kind = KINDS[base.__name__]
    if any(c.__module__ == DJ_REST_AUTH for c in cls.__mro__):
        kind = "dj_rest_auth_refresh"
    facts = {
        "kind": kind,
        "class": dotted(cls),
        "overridden": sorted(overridden(cls, base, views) | (set(initkwargs) - EFFECTIVE - HARMLESS)),
        "decorators": layers(callback),
    }
    if getattr(callback, "actions", None):
        facts["overridden"].append("actions of a viewset")
    instance = attempt(lambda: cls(**initkwargs))
    serializer = attempt(lambda: instance.get_serializer_class())
    facts["cookies"] = cookies(cls, serializer)
    facts.update(effects(instance, base) if instance is not None else {"overridden": facts["overridden"] + ["__init__"]})
    return facts


def overridden(cls, base, views):
    """The members of a view that are not SimpleJWT's."""
    names = set()
    for c in cls.__mro__:
        if c in base.__mro__ and c not in (base, views.TokenViewBase):
            continue
        own = {"_serializer_class"} if c is base else set(BASE_MEMBERS) if c is views.TokenViewBase else set()
        for name, member in vars(c).items():
            if name.startswith("__") and name != "__init__" or name in HARMLESS or name in EFFECTIVE:
                continue
            if name in own and (not inspect.isfunction(member) or member.__globals__.get("__name__") == views.__name__):
                continue
            if c.__module__ == DJ_REST_AUTH and getattr(member, "__globals__", {}).get("__name__") == DJ_REST_AUTH:
                continue
            while inspect.isfunction(member) and member.__globals__.get("__name__", "").startswith("drf_spectacular.") and hasattr(member, "__wrapped__"):
                member = member.__wrapped__
            if c not in base.__mro__ and member == getattr(base, name, not member):
                continue
            names.add(name)
    return names


BASE_MEMBERS = ("post", "get_serializer_class", "get_authenticate_header", "www_authenticate_realm")


def effects(view, base):
    from rest_framework.throttling import ScopedRateThrottle

    throttles = []
    for c in view.throttle_classes:
        throttle = attempt(c)
        idle = isinstance(throttle, ScopedRateThrottle) and not getattr(view, "throttle_scope", None)
        if not idle and getattr(throttle, "rate", "") is not None:
            throttles.append(dotted(c))
    return {
        "serializer": attempt(lambda: dotted(view.get_serializer_class()), "one that cannot be imported"),
        "throttles": throttles,
        "own_throttles": list(view.throttle_classes) != list(base.throttle_classes),
        "permissions": [dotted(c) for c in view.permission_classes if dotted(c) != "rest_framework.permissions.AllowAny"],
        "authenticators": [dotted(c) for c in view.authentication_classes],
        "renderers": [dotted(c) for c in view.renderer_classes],
        "parsers": [dotted(c) for c in view.parser_classes],
        "negotiation": dotted(view.content_negotiation_class),
        "versioning": dotted(view.versioning_class),
    }


def cookies(*things):
    """The cookies that classes and functions of the project read and set, as their source has it; None for none.

    A name is null where it is computed, and so is an option of set_cookie."""
    reads, sets, uses, seen = [], [], False, set()
    waiting = [part for thing in things for part in own_parts(thing)]
    while waiting:
        part = waiting.pop(0)
        if part in seen:
            continue
        seen.add(part)
        tree = attempt(lambda: ast.parse(textwrap.dedent(inspect.getsource(part))))
        scope = vars(sys.modules.get(part.__module__, object)) if tree else {}
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Attribute) and node.attr == "COOKIES":
                uses = True
            elif isinstance(node, ast.Subscript) and getattr(node.value, "attr", None) == "COOKIES":
                reads.append(cookie_text(index(node), scope))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                waiting.extend(own_parts(scope.get(node.func.id)))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr == "get" and getattr(node.func.value, "attr", None) == "COOKIES" and node.args:
                    reads.append(cookie_text(node.args[0], scope))
                elif node.func.attr == "set_cookie":
                    uses = True
                    given = {word.arg: word.value for word in node.keywords}
                    name = node.args[0] if node.args else given.get("key")
                    facts = {option: cookie_text(given[option], scope) for option in COOKIE_OPTIONS if option in given}
                    sets.append(dict(facts, name=cookie_text(name, scope)))
    return {"reads": [name for i, name in enumerate(reads) if name not in reads[:i]], "sets": sets} if uses else None


def own_parts(thing):
    """A function or the classes of a class that are the project's, and the function that api_view holds."""
    if inspect.isclass(thing):
        for c in thing.__mro__:
            if is_api_view(c):
                for cell in (cell for f in vars(c).values() for cell in getattr(f, "__closure__", None) or ()):
                    yield from own_parts(attempt(lambda: cell.cell_contents))
            elif not c.__module__.startswith(LIBRARIES):
                yield c
    elif inspect.isfunction(thing) and not (thing.__module__ or "").startswith(LIBRARIES):
        yield inspect.unwrap(thing)


def is_api_view(cls):
    """Whether a class is what api_view makes of a function."""
    return getattr(cls, "__qualname__", "") == "WrappedAPIView"


def index(node):
    return node.slice.value if type(node.slice).__name__ == "Index" else node.slice  # Python 3.8


def cookie_text(node, scope):
    """A literal, or a setting or a constant whose name speaks of a cookie; None where it is neither."""
    found = None
    if isinstance(node, ast.Constant):
        found = node.value
    elif "cookie" in str(last_name(node)).lower():
        found = attempt(lambda: look_up(node, scope))
    if isinstance(found, str) and not re.match(r"[\w.~/-]{0,100}\Z", found):
        return None
    return found if isinstance(found, (bool, str)) else None


def last_name(node):
    if isinstance(node, ast.Subscript):
        return getattr(index(node), "value", None)
    return getattr(node, "attr", getattr(node, "id", None))


def look_up(node, scope):
    if isinstance(node, ast.Name):
        return scope[node.id]
    of = look_up(node.value, scope)
    return of[index(node).value] if isinstance(node, ast.Subscript) else getattr(of, node.attr)


def rest_auth(settings, views):
    """What REST_AUTH says, where dj-rest-auth is used."""
    if "dj_rest_auth" not in settings.INSTALLED_APPS and not any(v["kind"].startswith("dj_rest_auth") for v in views):
        return None
    from dj_rest_auth.app_settings import api_settings

    return {name: value(getattr(api_settings, name)) for name in REST_AUTH if hasattr(api_settings, name)}


def rest_framework():
    from rest_framework.settings import api_settings

    return {
        "exception_handler": dotted(api_settings.EXCEPTION_HANDLER),
        "compact_json": api_settings.COMPACT_JSON,
        "unicode_json": api_settings.UNICODE_JSON,
        "format_parameter": api_settings.URL_FORMAT_OVERRIDE,
    }


def cors_conf():
    """The settings of django-cors-headers, where its middleware runs."""
    from django.conf import settings

    if not any(name.startswith("corsheaders.middleware.") for name in settings.MIDDLEWARE):
        return None
    from corsheaders.conf import conf

    return conf


def cors_enabled(path):
    conf = attempt(cors_conf)
    return bool(conf and path and re.match(conf.CORS_URLS_REGEX, path))


def cors():
    conf = cors_conf()
    if conf is None:
        return None
    from corsheaders.signals import check_request_enabled

    patterns = [p if isinstance(p, str) else p.pattern for p in conf.CORS_ALLOWED_ORIGIN_REGEXES]
    return {
        "all": bool(conf.CORS_ALLOW_ALL_ORIGINS),
        "origins": list(conf.CORS_ALLOWED_ORIGINS),
        "patterns": patterns,
        "flags": any(not isinstance(p, str) and p.flags & ~re.UNICODE for p in conf.CORS_ALLOWED_ORIGIN_REGEXES),
        "credentials": bool(conf.CORS_ALLOW_CREDENTIALS),
        "expose": list(conf.CORS_EXPOSE_HEADERS),
        "signal": bool(check_request_enabled.receivers),
    }


def security(settings):
    """The headers that Django's own middleware adds to every answer."""
    headers = {}
    if "django.middleware.security.SecurityMiddleware" in settings.MIDDLEWARE:
        policy = settings.SECURE_REFERRER_POLICY
        headers = {
            "X-Content-Type-Options": "nosniff" if settings.SECURE_CONTENT_TYPE_NOSNIFF else None,
            "Referrer-Policy": policy if isinstance(policy, str) or not policy else ",".join(policy),
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        }
        if settings.SECURE_HSTS_SECONDS:
            headers["Strict-Transport-Security"] = "; ".join(
                ["max-age=%d" % settings.SECURE_HSTS_SECONDS]
                + ["includeSubDomains"] * bool(settings.SECURE_HSTS_INCLUDE_SUBDOMAINS)
                + ["preload"] * bool(settings.SECURE_HSTS_PRELOAD)
            )
    if "django.middleware.clickjacking.XFrameOptionsMiddleware" in settings.MIDDLEWARE:
        headers["X-Frame-Options"] = settings.X_FRAME_OPTIONS.upper()
    return {name: text for name, text in headers.items() if text}


def user():
    from django.contrib.auth import get_user_model
    from django.db import router
    from rest_framework_simplejwt.settings import api_settings

    model = get_user_model()
    facts = {"model": model._meta.label, "table": model._meta.db_table, "database": router.db_for_read(model)}
    name = api_settings.USER_ID_FIELD
    fields = {f.name: f for f in model._meta.concrete_fields}
    fields.update({f.attname: f for f in model._meta.concrete_fields}, pk=model._meta.pk)
    for fact, field in (("id", fields.get(name)), ("active", fields.get("is_active"))):
        if field is not None:
            facts[fact] = {"column": field.column, "type": field.get_internal_type(), "inherited": field.model._meta.db_table != model._meta.db_table}
    if "active" not in facts:
        facts["always_active"] = getattr(model, "is_active", None) is True
    facts["filtered"] = attempt(lambda: bool(model.objects.all().query.where), True)
    return facts


def database(settings):
    """Where the tables of the blacklist app are, or the users' without it."""
    from django.contrib.auth import get_user_model
    from django.db import connections, router

    model = get_user_model()
    if "rest_framework_simplejwt.token_blacklist" in settings.INSTALLED_APPS:
        from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken as model
    alias = router.db_for_write(model)
    connection = connections[alias]
    have = connection.settings_dict
    options = have.get("OPTIONS") or {}
    found = {name: options[name] for name in NETWORK_OPTIONS if isinstance(options.get(name), str)}
    if isinstance(options.get("ssl"), dict):  # of mysqlclient and PyMySQL
        found.update(("ssl_" + name, options["ssl"][name]) for name in ("ca", "cert", "key") if isinstance(options["ssl"].get(name), str))
    path = re.search(r"search_path\s*=\s*(?:\"([^\"]+)\"|([^\s]+))", str(options.get("options", "")))
    return {
        "alias": alias,
        "network": found,
        "vendor": connection.vendor,
        "engine": have["ENGINE"],
        "name": str(have["NAME"]),
        "host": str(have.get("HOST") or ""),
        "port": str(have.get("PORT") or ""),
        "search_path": [part.strip(" '\"") for part in (path.group(1) or path.group(2)).split(",")] if path else [],
        "options": sorted(options),
        "time_zone": have.get("TIME_ZONE"),
        "env": env_names(lambda text: names_database(text, have)),
        "databases": len(settings.DATABASES),
        "routers": len(settings.DATABASE_ROUTERS),
    }


def names_database(text, have):
    """Whether a URL in the environment names the database of these settings."""
    if "://" not in text or len(text) > 4096:
        return False
    url = urlsplit(text)
    wanted = (str(have["NAME"]), have.get("HOST") or "", str(have.get("PORT") or ""), have.get("USER") or "", have.get("PASSWORD") or "")
    given = (unquote(url.path[1:]), unquote(url.hostname or ""), str(url.port or ""), unquote(url.username or ""), unquote(url.password or ""))
    return wanted == given


def locale(settings):
    from django.utils import translation

    translated = []
    for language in languages(settings):
        with translation.override(language):
            if any(translation.gettext(text) != text for text in TEXTS):
                translated.append(language)
    return {"language_code": settings.LANGUAGE_CODE, "translated": translated}


def collect():
    from django.conf import settings

    views, unrecognised, keepers = urls(settings)
    return {
        "format": 1,
        "versions": versions(),
        "simple_jwt": simple_jwt(settings),
        "key": key(settings),
        "views": views,
        "unrecognised": unrecognised,
        "cookie_views": keepers,
        "rest_auth": attempt(lambda: rest_auth(settings, views)),
        "csrf_trusted_origins": [origin for origin in settings.CSRF_TRUSTED_ORIGINS if isinstance(origin, str)],
        "rest_framework": rest_framework(),
        "blacklist_app": "rest_framework_simplejwt.token_blacklist" in settings.INSTALLED_APPS,
        "middleware": list(settings.MIDDLEWARE),
        "cors": cors(),
        "security": security(settings),
        "user": user(),
        "database": database(settings),
        "locale": locale(settings),
        "use_tz": settings.USE_TZ,
        "time_zone": settings.TIME_ZONE,
        "script_name": settings.FORCE_SCRIPT_NAME or "",
        "hosts": [host for host in settings.ALLOWED_HOSTS if isinstance(host, str)],
    }


def main():
    stdout = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        try:
            facts = collect()
        except Exception as error:
            # Its text may quote a setting, so only its kind and place are told.
            frame = inspect.trace()[-1]
            facts = {"format": 1, "failed": "%s in line %d of %s" % (type(error).__name__, frame.lineno, os.path.basename(frame.filename))}
    stdout.write("\n%s-begin %s %s-end\n" % (MARK, json.dumps(facts, sort_keys=True), MARK))
    stdout.flush()


main()
