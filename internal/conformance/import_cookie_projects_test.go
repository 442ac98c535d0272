// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

const (
	withDjRestAuth = "INSTALLED_APPS += ['rest_framework.authtoken', 'dj_rest_auth']\n"
	djPaths        = "urlpatterns = common + [path('dj-rest-auth/', include('dj_rest_auth.urls'))]\n"
)

// projectsWithCookies have tokens in cookies: by dj-rest-auth, or by code of their own.
func projectsWithCookies() []*importedProject {
	djRefresh := []string{"/dj-rest-auth/token/refresh/"}
	return []*importedProject{
		{
			name: "dj-rest-auth", refresh: djRefresh, verify: "/dj-rest-auth/token/verify/", cookie: "app-refresh", urls: djPaths,
			settings: withDjRestAuth + "REST_AUTH = {'USE_JWT': True, 'JWT_AUTH_COOKIE': 'app-auth', 'JWT_AUTH_REFRESH_COOKIE': 'app-refresh'}\n",
			says:     []string{"jwt_auth_cookie app-auth", "jwt_auth_refresh_cookie app-refresh", "dj-rest-auth 7.2.0"},
		},
		{
			name: "dj-rest-auth-6.0", djRestAuth: "6.0.0", refresh: []string{"/auth/token/refresh/"}, cookie: "rt",
			urls: "urlpatterns = common + [path('auth/', include('dj_rest_auth.urls'))]\n",
			settings: withApp + withDjRestAuth + `USE_TZ = False
TIME_ZONE = "Asia/Tokyo"
SIMPLE_JWT = dict(ROTATE, ACCESS_TOKEN_LIFETIME=timedelta(minutes=7))
REST_AUTH = {
    "USE_JWT": True, "SESSION_LOGIN": False, "JWT_AUTH_COOKIE": "at", "JWT_AUTH_REFRESH_COOKIE": "rt", "JWT_AUTH_REFRESH_COOKIE_PATH": "/auth/",
    "JWT_AUTH_SECURE": True, "JWT_AUTH_HTTPONLY": False, "JWT_AUTH_SAMESITE": "None", "JWT_AUTH_COOKIE_DOMAIN": "edge.example",
}
`,
			profile: Profile{Rotates: true, Spends: true, Remembers: true},
			says: []string{
				"dj-rest-auth 6.0.0", "jwt_auth_refresh_cookie_path /auth/", "jwt_auth_secure #", "jwt_auth_httponly off", "jwt_auth_samesite None",
				"jwt_auth_cookie_domain edge.example", "use_tz off", "time_zone Asia/Tokyo", "store django",
			},
		},
		{
			name: "dj-rest-auth-5.1", set: "5.3", djRestAuth: "5.1.0", refresh: djRefresh, cookie: "refresh-token", urls: djPaths, origin: "https://app.example.com",
			settings: withApp + withDjRestAuth + `INSTALLED_APPS += ["corsheaders"]
MIDDLEWARE.insert(0, "corsheaders.middleware.CorsMiddleware")
CORS_ALLOWED_ORIGINS = ["https://app.example.com", "http://localhost:5173"]
CORS_ALLOW_CREDENTIALS = True
CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://forms.example.com"]
SIMPLE_JWT = ROTATE
REST_AUTH = {"USE_JWT": True, "JWT_AUTH_REFRESH_COOKIE": "refresh-token", "JWT_AUTH_SAMESITE": None}
`,
			profile: Profile{Rotates: true, Spends: true, Remembers: true},
			says: []string{
				"dj-rest-auth 5.1.0", "trusted_origins https://app.example.com http://localhost:5173", "https://forms.example.com",
			},
		},
		{
			name: "beside-dj-rest-auth", verify: VerifyPath, cookie: "refresh", cookieAt: "/auth/token/refresh/",
			settings: withDjRestAuth + "REST_AUTH = {'USE_JWT': True, 'JWT_AUTH_COOKIE': 'access', 'JWT_AUTH_REFRESH_COOKIE': 'refresh'}\n",
			urls:     "urlpatterns = common + [path('auth/', include('dj_rest_auth.urls')), path('api/token/refresh/', refresh), path('api/token/verify/', verify)]\n",
			says:     []string{"refresh_path /auth/token/refresh", "jwt_auth_cookie access", "jwt_auth_refresh_cookie refresh"},
		},
		{
			name: "dj-rest-auth-without-jwt", verify: VerifyPath, settings: withDjRestAuth + "REST_AUTH = {'SESSION_LOGIN': False}\n",
			urls: "urlpatterns = common + [path('auth/', include('dj_rest_auth.urls')), path('api/token/refresh/', refresh), path('api/token/verify/', verify)]\n",
			says: []string{"REST_AUTH's USE_JWT is False"},
		},
		{
			name: "dj-rest-auth-own-serializer", settings: withDjRestAuth + "REST_AUTH = {'USE_JWT': True, 'JWT_AUTH_REFRESH_COOKIE': 'refresh'}\n",
			urls: `from dj_rest_auth.jwt_auth import CookieTokenRefreshSerializer, get_refresh_view


class Own(CookieTokenRefreshSerializer):
    pass


class Refresh(get_refresh_view()):
    serializer_class = Own


urlpatterns = common + [path("auth/token/refresh/", Refresh.as_view())]
`,
			stays: []string{"POST /auth/token/refresh/ (urls.Refresh): its serializer is urls.Own"},
		},
		{
			name: "own-cookies", settings: `SIMPLE_JWT = {"AUTH_COOKIE": "access_token", "AUTH_COOKIE_REFRESH": "refresh_token", "AUTH_COOKIE_SAMESITE": "Lax"}` + "\n",
			urls: ownCookies,
			stays: []string{
				"POST /api/token/refresh/ (urls.CookieRefresh): it has members of its own: post",
				"POST /api/token/refresh/ (urls.CookieRefresh) reads refresh_token, and sets access_token",
				"POST /auth/login/ (urls.CookieLogin) reads no cookie, and sets access_token, refresh_token",
				"cookies {\n", "\tobtain_path /auth/login\n", "\trefresh_cookie refresh_token\n", "\taccess_cookie access_token\n", "\tsame_site lax\n",
				"needs one login", "adopt",
			},
		},
		{
			name: "own-cookies-functions", settings: `CORS_COOKIE_DOMAIN = ".edge.example"` + "\n", urls: ownFunctions,
			stays: []string{
				"POST /api/token/refresh/ (urls.renew): not recognised as a view of SimpleJWT",
				"POST /api/token/refresh/ (urls.renew) reads rt", "POST /session/login (urls.Login) reads no cookie, and sets rt",
				"\tobtain_path /session/login\n", "\trefresh_cookie __Secure-rt\n", "\tdomain edge.example\n", "browsers need one login",
			},
		},
	}
}

// ownCookies is the snippet that projects copy: login and refresh keep both tokens in
// cookies.
const ownCookies = `from django.conf import settings
from rest_framework_simplejwt.serializers import TokenRefreshSerializer


def keep(response, token):
    options = settings.SIMPLE_JWT
    response.set_cookie(key=settings.SIMPLE_JWT["AUTH_COOKIE"], value=token, httponly=True, secure=True, samesite=options["AUTH_COOKIE_SAMESITE"], path="/")


class CookieLogin(jwt.TokenObtainPairView):
    def post(self, request, *args, **kwargs):
        response = super().post(request, *args, **kwargs)
        response.set_cookie("access_token", response.data["access"], httponly=True, secure=True, samesite="Lax")
        response.set_cookie("refresh_token", response.data["refresh"], httponly=True, secure=True, samesite="Lax")
        return response


class CookieRefreshSerializer(TokenRefreshSerializer):
    refresh = None

    def validate(self, attrs):
        attrs["refresh"] = self.context["request"].COOKIES.get("refresh_token")
        return super().validate(attrs)


class CookieRefresh(jwt.TokenRefreshView):
    serializer_class = CookieRefreshSerializer

    def post(self, request, *args, **kwargs):
        response = super().post(request, *args, **kwargs)
        keep(response, response.data.pop("access"))
        return response


urlpatterns = [path("auth/login/", CookieLogin.as_view()), path("api/token/refresh/", CookieRefresh.as_view())]
`

// ownFunctions has no class of SimpleJWT's.
const ownFunctions = `from django.conf import settings
from django.http import JsonResponse
from rest_framework.decorators import api_view
from rest_framework_simplejwt.tokens import RefreshToken

COOKIE_NAME = "rt"


class Login(APIView):
    def post(self, request):
        response = Response({})
        response.set_cookie(COOKIE_NAME, str(RefreshToken()), httponly=True, samesite="Strict", domain=settings.CORS_COOKIE_DOMAIN)
        return response


@api_view(["POST"])
def renew(request):
    return Response({"access": str(RefreshToken(request.COOKIES[COOKIE_NAME]).access_token)})


def logout(request):
    response = JsonResponse({"was": COOKIE_NAME in request.COOKIES})
    response.delete_cookie(COOKIE_NAME)
    return response


urlpatterns = [path("session/login", Login.as_view()), path("session/logout", logout), path("api/token/refresh/", renew)]
`
