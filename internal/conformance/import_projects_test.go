// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"slices"
	"testing"
)

// PostgresDatabases starts a server with n databases, runs a statement in each, and
// returns their URLs.
var PostgresDatabases func(t *testing.T, n int, statement string) []string

const (
	defaultPaths = "urlpatterns = common + [path('api/token/refresh/', refresh), path('api/token/verify/', verify)]\n"
	withApp      = "INSTALLED_APPS += BLACKLIST\n"
)

// importedProjects are those that a platform team may have.
func importedProjects() []*importedProject {
	return slices.Concat(usableProjects(), projectsThatStay(), projectsWithCookies())
}

// usableProjects are those that the edge can answer for.
func usableProjects() []*importedProject {
	all := []*importedProject{
		{
			name: "default-block", verify: VerifyPath, settings: wholeDefaultBlock,
			says: []string{"signing_key {env.DJANGO_SECRET_KEY}"},
		},
		{
			name: "rotation-without-the-app", verify: VerifyPath, settings: "SIMPLE_JWT = ROTATE\n", profile: Profile{Rotates: true},
			says: []string{"its line is left out", "docs/parity.md, user-state"},
		},
		{
			name: "custom-user", verify: VerifyPath, settings: withApp + `INSTALLED_APPS += ["people"]
AUTH_USER_MODEL = "people.Person"
SIMPLE_JWT = dict(ROTATE, USER_ID_FIELD="public_id", USER_ID_CLAIM="sub_id", AUDIENCE=["web", "{mobile}"], ISSUER='https://é.example/ "x"', LEEWAY=timedelta(seconds=90))
`,
			profile: Profile{
				Rotates: true, Spends: true, VerifyLooks: true, Remembers: true, UserID: "sub_id",
				Audience: []string{"web", "{mobile}"}, Leeway: 90, Issuer: `https://é.example/ "x"`,
			},
			says: []string{"user_table crm_person", "active_field enabled", "user_id_field pub"},
		},
		{
			name: "rs256-env", verify: VerifyPath, settings: `SIMPLE_JWT = {"ALGORITHM": "RS256", "SIGNING_KEY": os.environ["JWT_PRIVATE"], "VERIFYING_KEY": os.environ["JWT_PUBLIC"]}
`,
			env:     map[string]string{"JWT_PRIVATE": testKey("rsa"), "JWT_PUBLIC": publicHalf(testKey("rsa"))},
			profile: Profile{Algorithm: "RS256", Key: testKey("rsa"), OtherKey: testKey("rsa-other")},
			says:    []string{"signing_key {env.JWT_PRIVATE}", "algorithm RS256"},
		},
		{
			name: "rs256-files", settings: `def read(name):
    with open(os.path.join(BASE_DIR, name)) as f:
        return f.read()


SIMPLE_JWT = {"ALGORITHM": "RS256", "SIGNING_KEY": read("jwt.pem"), "VERIFYING_KEY": read("jwt.pub")}
`,
			urls: "urlpatterns = common + [path('api/token/refresh/', refresh)]\n",
			prepare: func(t *testing.T, p *importedProject) {
				p.write(t, "jwt.pem", testKey("rsa"))
				p.write(t, "jwt.pub", publicHalf(testKey("rsa")))
			},
			profile: Profile{Algorithm: "RS256", Key: testKey("rsa"), OtherKey: testKey("rsa-other")},
			says:    []string{"/jwt.pem}"},
		},
		{
			name: "own-paths", refresh: []string{"/v1/auth/renew/", "/v2/auth/renew/", "/mobile/t"}, verify: "/v1/auth/check/",
			urls: `auth = [path("renew/", refresh), path("check/", verify)]
urlpatterns = common + [path("v1/auth/", include(auth)), re_path(r"^v2/auth/", include([re_path(r"^renew/?$", refresh)])), path("mobile/t", refresh), path("api/<version>/token/refresh/", refresh)]
`,
			settings: `FORCE_SCRIPT_NAME = "/app"` + "\n",
			says:     []string{"refresh_path /v1/auth/renew /app/v1/auth/renew /v2/auth/renew", "its path has parameters"},
		},
		{
			name: "i18n-patterns", refresh: []string{"/en/api/renew/", "/de/api/renew/"},
			settings: "LANGUAGES = [('en', 'English'), ('de', 'Deutsch')]\nMIDDLEWARE.insert(2, 'django.middleware.locale.LocaleMiddleware')\n",
			urls:     "from django.conf.urls.i18n import i18n_patterns\nurlpatterns = common + i18n_patterns(path('api/renew/', refresh))\n",
			says:     []string{"refresh_path /en/api/renew /de/api/renew", "refusals backend", "refusals are translated (de)"},
		},
		{
			name: "locale", verify: VerifyPath,
			settings: "LANGUAGE_CODE = 'fr'\nMIDDLEWARE.insert(2, 'django.middleware.locale.LocaleMiddleware')\n",
			profile:  Profile{Vary: "Accept-Language"},
			says:     []string{"+Vary Accept-Language", "refusals backend"},
		},
		{
			name: "cors", verify: VerifyPath, settings: `INSTALLED_APPS += ["corsheaders"]
MIDDLEWARE.insert(0, "corsheaders.middleware.CorsMiddleware")
CORS_ALLOWED_ORIGINS = ["https://app.example.com", "https://evil.example"]
CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w{2,5}\.pr\.example\.com$"]
CORS_ALLOW_CREDENTIALS = True
SIMPLE_JWT = {"AUTH_HEADER_TYPES": ("JWT", "Bearer")}
`,
			profile: Profile{Vary: "origin", SimpleJWT: map[string]any{"AUTH_HEADER_TYPES": []string{"JWT", "Bearer"}}},
			says:    []string{"+Vary origin", "header Origin https://app.example.com", "header_regexp Origin"},
		},
		{
			name: "two-databases", verify: VerifyPath,
			settings: withApp + `DATABASES["tokens"] = dict(DATABASES["default"], NAME=os.environ["PROJECT_DATABASE"] + "-tokens")
DATABASE_ROUTERS = ["views.Router"]
SIMPLE_JWT = ROTATE
`,
			views: `class Router:
    def db_for_write(self, model, **hints):
        return "tokens"

    db_for_read = db_for_write

    def allow_relation(self, *args, **hints):
        return True
`,
			profile: Profile{Rotates: true, Spends: true, VerifyLooks: true, Remembers: true},
			says:    []string{"-tokens # DATABASES, tokens"},
		},
		{
			name: "postgres-schema", verify: VerifyPath,
			settings: withApp + `import dj_database_url

DATABASES = {"default": dj_database_url.config()}
DATABASES["default"]["OPTIONS"] = {"options": "-c search_path=app", "sslmode": "prefer"}
USE_TZ = False
TIME_ZONE = "Asia/Tokyo"
SIMPLE_JWT = ROTATE
`,
			prepare: func(t *testing.T, p *importedProject) {
				p.urlOf = PostgresDatabases(t, len(p.databases), "CREATE SCHEMA app")
			},
			profile: Profile{Rotates: true, Spends: true, VerifyLooks: true, Remembers: true},
			says:    []string{"store django {env.DATABASE_URL}", "schema app", "time_zone Asia/Tokyo"},
		},
		{
			name: "json-only", verify: VerifyPath,
			settings: `REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
`,
			urls: `from drf_spectacular.utils import extend_schema, extend_schema_view


@extend_schema_view(post=extend_schema(tags=["auth"]))
class Documented(jwt.TokenRefreshView):
    permission_classes = ()


urlpatterns = common + [path("api/token/refresh/", Documented.as_view()), path("api/token/verify/", extend_schema(tags=["a"])(jwt.TokenVerifyView).as_view())]
`,
			profile: Profile{JSONOnly: true},
			says:    []string{"renderers json"},
		},
		{
			name: "exception-handler", verify: VerifyPath,
			settings: "REST_FRAMEWORK = {'EXCEPTION_HANDLER': 'drf_standardized_errors.handler.exception_handler'}\nINSTALLED_APPS += ['drf_standardized_errors']\n",
			says:     []string{"refusals backend # EXCEPTION_HANDLER", "EXCEPTION_HANDLER is drf_standardized_errors.handler.exception_handler"},
		},
		{
			name: "french-blacklist", verify: VerifyPath, settings: withApp + "LANGUAGE_CODE = 'fr'\nSIMPLE_JWT = ROTATE\n",
			profile: Profile{Rotates: true, Spends: true, VerifyLooks: true, Remembers: true},
			says:    []string{"refusals backend", "store django", "refusals are translated (fr)"},
		},
		{
			name: "default-throttles", verify: VerifyPath,
			settings: "REST_FRAMEWORK = {'DEFAULT_THROTTLE_CLASSES': ['rest_framework.throttling.AnonRateThrottle'], 'DEFAULT_THROTTLE_RATES': {'anon': '100000/min'}}\n",
			says:     []string{"the edge does not throttle"},
		},
	}
	all = append(all, &importedProject{
		name: "sliding", sliding: true, settings: "SIMPLE_JWT = {'AUTH_TOKEN_CLASSES': ('rest_framework_simplejwt.tokens.SlidingToken',), 'SLIDING_TOKEN_REFRESH_LIFETIME': timedelta(days=7), 'SLIDING_TOKEN_REFRESH_EXP_CLAIM': 'until'}\n",
		urls: "urlpatterns = common + [path('api/token/refresh/', jwt.TokenRefreshSlidingView.as_view())]\n",
		says: []string{"sliding_path /api/token/refresh", "refresh_path off", "sliding_token_refresh_lifetime 7d", "sliding_token_refresh_exp_claim until"},
	})
	for _, set := range []string{"5.2", "5.3", "5.4", "5.5"} {
		all = append(all, &importedProject{
			name: "plain-" + set, set: set, verify: VerifyPath,
			says: []string{"simplejwt_version " + MustSet(set).Installed.SimpleJWT},
		}, &importedProject{
			name: "blacklist-" + set, set: set, verify: VerifyPath, settings: withApp + "SIMPLE_JWT = ROTATE\n",
			profile: Profile{Rotates: true, Spends: true, VerifyLooks: true, Remembers: true},
			says:    []string{"store django sqlite:////", "blacklist_after_rotation # BLACKLIST_AFTER_ROTATION"},
		})
	}
	return all
}

// projectsThatStay are those whose refresh endpoint runs Python of their own.
func projectsThatStay() []*importedProject {
	const refresh = "urlpatterns = common + [path('api/token/refresh/', Own.as_view())]\n"
	return []*importedProject{
		{
			name: "overridden-view", urls: "class Own(jwt.TokenRefreshView):\n    def post(self, request, *args, **kwargs):\n        return super().post(request, *args, **kwargs)\n\n\n" + refresh,
			stays: []string{"POST /api/token/refresh/ (urls.Own): it has members of its own: post"},
		},
		{
			name:     "overridden-serializer",
			views:    "from rest_framework_simplejwt.serializers import TokenRefreshSerializer\n\n\nclass Own(TokenRefreshSerializer):\n    pass\n",
			settings: "SIMPLE_JWT = {'TOKEN_REFRESH_SERIALIZER': 'views.Own'}\n", urls: defaultPaths,
			stays: []string{"its serializer is views.Own"},
		},
		{
			name: "initkwargs", urls: "from rest_framework_simplejwt.serializers import TokenVerifySerializer\nurlpatterns = common + [path('api/token/refresh/', jwt.TokenRefreshView.as_view(serializer_class=TokenVerifySerializer))]\n",
			stays: []string{"its serializer is rest_framework_simplejwt.serializers.TokenVerifySerializer"},
		},
		{
			name: "decorated", urls: "from views import limited\nurlpatterns = common + [path('api/token/refresh/', limited(refresh))]\n",
			views: "import functools\n\n\ndef limited(view):\n    @functools.wraps(view)\n    def inner(*args, **kwargs):\n        return view(*args, **kwargs)\n\n    return inner\n",
			stays: []string{"it is decorated by views.inner"},
		},
		{
			name: "csrf-protected", urls: "from django.views.decorators.csrf import csrf_protect\nurlpatterns = common + [path('api/token/refresh/', csrf_protect(refresh))]\n",
			stays: []string{"it is decorated by django.utils.decorators"},
		},
		{
			name: "rule", settings: "SIMPLE_JWT = {'USER_AUTHENTICATION_RULE': 'views.rule'}\n", views: "def rule(user):\n    return True\n", urls: defaultPaths,
			stays: []string{"USER_AUTHENTICATION_RULE is views.rule"},
		},
		{
			name: "renderer", settings: "REST_FRAMEWORK = {'DEFAULT_RENDERER_CLASSES': ['views.Own']}\n", urls: defaultPaths,
			views: "from rest_framework.renderers import JSONRenderer\n\n\nclass Own(JSONRenderer):\n    pass\n",
			stays: []string{"its first renderer is not JSONRenderer: views.Own"},
		},
		{
			name: "throttle", urls: "from rest_framework.throttling import AnonRateThrottle\n\n\nclass Slow(AnonRateThrottle):\n    rate = '5/min'\n\n\nclass Own(jwt.TokenRefreshView):\n    throttle_classes = [Slow]\n\n\n" + refresh,
			stays: []string{"it has throttles of its own: urls.Slow"},
		},
		{
			name: "not-recognised", urls: "urlpatterns = common + [path('api/token/refresh/', lambda request: None)]\n",
			stays: []string{"not recognised as a view of SimpleJWT"},
		},
		{
			// A wrong key there is no mistake of the edge's.
			name: "wrong-pair", settings: `SIMPLE_JWT = {"ALGORITHM": "RS256", "SIGNING_KEY": os.environ["JWT_PRIVATE"], "VERIFYING_KEY": os.environ["JWT_PUBLIC"]}` + "\n",
			env:   map[string]string{"JWT_PRIVATE": testKey("rsa"), "JWT_PUBLIC": publicHalf(testKey("rsa-other"))},
			stays: []string{"VERIFYING_KEY is not the public half of SIGNING_KEY"},
		},
		{
			// No database answers at this address: the script asks none.
			name: "secrets", urls: defaultPaths, settings: withApp + `DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "n", "USER": "u", "PASSWORD": "hush-db", "HOST": "203.0.113.1", "OPTIONS": {"passfile": "/hush/file"}}}
SIMPLE_JWT = {"ALGORITHM": "RS256", "SIGNING_KEY": "hush-signing", "VERIFYING_KEY": "hush-verifying", "JWK_URL": "https://hush:hush@keys.example/jwks?key=hush", "ISSUER": ""}
EMAIL_HOST_PASSWORD = "hush-mail"
`,
			env:   map[string]string{"AWS_SECRET": "hush-aws", "DATABASE_URL": "postgres://u:hush-db@203.0.113.1/n", "BROKEN_URL": "postgres://hush:hush@[::1/n", "JWKS": "https://hush:hush@keys.example/jwks?key=hush"},
			stays: []string{"SIGNING_KEY is not a PEM", `ISSUER is ""`},
		},
	}
}

// wholeDefaultBlock is what projects paste from SimpleJWT's documentation.
const wholeDefaultBlock = `SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "ROTATE_REFRESH_TOKENS": False,
    "BLACKLIST_AFTER_ROTATION": False,
    "UPDATE_LAST_LOGIN": False,
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "VERIFYING_KEY": "",
    "AUDIENCE": None,
    "ISSUER": None,
    "JSON_ENCODER": None,
    "JWK_URL": None,
    "LEEWAY": 0,
    "AUTH_HEADER_TYPES": ("Bearer",),
    "AUTH_HEADER_NAME": "HTTP_AUTHORIZATION",
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "user_id",
    "USER_AUTHENTICATION_RULE": "rest_framework_simplejwt.authentication.default_user_authentication_rule",
    "AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken",),
    "TOKEN_TYPE_CLAIM": "token_type",
    "TOKEN_USER_CLASS": "rest_framework_simplejwt.models.TokenUser",
    "JTI_CLAIM": "jti",
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": "refresh_exp",
    "SLIDING_TOKEN_LIFETIME": timedelta(minutes=5),
    "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(days=1),
    "TOKEN_OBTAIN_SERIALIZER": "rest_framework_simplejwt.serializers.TokenObtainPairSerializer",
    "TOKEN_REFRESH_SERIALIZER": "rest_framework_simplejwt.serializers.TokenRefreshSerializer",
    "TOKEN_VERIFY_SERIALIZER": "rest_framework_simplejwt.serializers.TokenVerifySerializer",
    "TOKEN_BLACKLIST_SERIALIZER": "rest_framework_simplejwt.serializers.TokenBlacklistSerializer",
    "SLIDING_TOKEN_OBTAIN_SERIALIZER": "rest_framework_simplejwt.serializers.TokenObtainSlidingSerializer",
    "SLIDING_TOKEN_REFRESH_SERIALIZER": "rest_framework_simplejwt.serializers.TokenRefreshSlidingSerializer",
}
`
