# SPDX-License-Identifier: Apache-2.0
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication


class Protected(APIView):
    """What an access token is for: says who came, and with which claims."""

    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user_id": request.user.pk, "claims": request.auth.payload})
