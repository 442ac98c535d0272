# SPDX-License-Identifier: Apache-2.0
from django.urls import include, path, re_path  # noqa: F401
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt import views as jwt
from rest_framework_simplejwt.authentication import JWTAuthentication


class Protected(APIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user_id": str(request.user.pk)})


obtain, refresh, verify = (v.as_view() for v in (jwt.TokenObtainPairView, jwt.TokenRefreshView, jwt.TokenVerifyView))
common = [path("api/token/", obtain), path("api/protected/", Protected.as_view())]
urlpatterns = common + [path("api/token/refresh/", refresh), path("api/token/verify/", verify)]
