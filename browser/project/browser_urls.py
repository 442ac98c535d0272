# SPDX-License-Identifier: Apache-2.0
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

import urls


class Me(APIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"username": request.user.username})

    def post(self, request):
        return Response({"changed": request.user.username})


urlpatterns = [*urls.urlpatterns, path("api/me/", Me.as_view())]
