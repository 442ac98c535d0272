# SPDX-License-Identifier: Apache-2.0
from django.urls import path
from rest_framework_simplejwt import views

from project import users

urlpatterns = [
    path("api/token/", views.TokenObtainPairView.as_view()),
    # The edge answers these. The backend keeps them for the day when the edge is taken away.
    path("api/token/refresh/", views.TokenRefreshView.as_view()),
    path("api/token/verify/", views.TokenVerifyView.as_view()),
    # The edge asks here whether a user may go on. Keys of users that are no numbers are <uuid:user_id> or <path:user_id>.
    path("internal/users/<int:user_id>", users.state),
]
