# SPDX-License-Identifier: Apache-2.0
import os

from django.urls import path
from rest_framework_simplejwt import views as simplejwt
from views import Protected

urlpatterns = [
    path("api/token/", simplejwt.TokenObtainPairView.as_view()),
    path("api/token/refresh/", simplejwt.TokenRefreshView.as_view()),
    path("api/token/verify/", simplejwt.TokenVerifyView.as_view()),
    path("api/token/sliding/", simplejwt.TokenObtainSlidingView.as_view()),
    path("api/token/sliding/refresh/", simplejwt.TokenRefreshSlidingView.as_view()),
    path("api/token/blacklist/", simplejwt.TokenBlacklistView.as_view()),
    path("api/protected/", Protected.as_view()),
]

if "CONFORMANCE_DJ_REST_AUTH" in os.environ:
    from dj_rest_auth.jwt_auth import get_refresh_view

    urlpatterns.append(path("dj-rest-auth/token/refresh/", get_refresh_view().as_view()))
