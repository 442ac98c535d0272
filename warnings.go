// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import "time"

// warnings returns what to log at load about settings that are valid and may not do
// what the operator meant.
func (h *Handler) warnings() []string {
	release := "SimpleJWT " + h.release.Version.Series()
	seesUsers := h.store != nil && h.store.Traits().SeesUsers
	ownStore := h.ownStore()
	var all []string
	for _, w := range []struct {
		applies bool
		text    string
	}{
		{
			h.release.ChecksUser && !seesUsers && h.UserCheck == nil,
			release + " refuses tokens of users that are inactive or deleted; " +
				"this edge sees no users and goes on issuing access tokens until the refresh token expires: use the django store, or user_check",
		},
		{
			h.release.RotationNeedsApp && h.RotateRefreshTokens && h.store == nil,
			"SimpleJWT " + h.release.Version.String() + " answers 500 to each refresh that rotates where rest_framework_simplejwt.token_blacklist " +
				"is not in INSTALLED_APPS, and this edge answers them: update SimpleJWT to 5.5.1, or name the store that goes with the app",
		},
		{
			ownStore,
			"this store does not see what Django blacklists, nor Django what is spent here: " +
				"close every other way to Django's refresh, verify and blacklist views, or use the django store",
		},
		{
			time.Duration(h.AccessTokenLifetime) >= h.refreshTokenLifetime(),
			"access_token_lifetime is not shorter than refresh_token_lifetime, so nobody needs to refresh and nobody can be logged out: " +
				"write them as SIMPLE_JWT has them, such as 5m and 1d",
		},
		{
			h.BlacklistAfterRotation && ownStore,
			"blacklist_after_rotation has an effect in Django only where rest_framework_simplejwt.token_blacklist is in INSTALLED_APPS, " +
				"and here it always has one: delete the line if the app is not installed, since Django refused no used token then",
		},
		{
			h.rollout() == 0 && ownStore && h.spends(),
			"rollout 0%: the tokens that the backend spends are recorded in the store from now on; " +
				"stay at 0% for one refresh_token_lifetime, or tokens that it spent before become valid again at 100%",
		},
		{
			h.BlacklistAfterRotation && !h.RotateRefreshTokens,
			"blacklist_after_rotation without rotate_refresh_tokens spends nothing, as in SimpleJWT: " +
				"a refresh token stays good until it expires or is revoked; add rotate_refresh_tokens if it is to work once",
		},
		{
			len(h.SlidingPath) == 0 && (h.SlidingTokenLifetime != 0 || h.SlidingTokenRefreshLifetime != 0 || h.SlidingTokenRefreshExpClaim != ""),
			"the sliding_token settings have no effect without sliding_path: delete the lines, or name the path of TokenRefreshSlidingView",
		},
		{
			h.Cookies != nil && h.Cookies.Insecure,
			"cookies insecure: anyone on the network can read and set the cookies: delete the line wherever there is https",
		},
		{
			h.DJRestAuth != nil && h.DJRestAuth.JWTAuthRefreshCookie != "" && len(h.TrustedOrigins) == 0,
			"dj_rest_auth refreshes by cookie for pages of any origin, as dj-rest-auth does: name the origins of your pages with trusted_origins",
		},
		{
			h.DJRestAuth != nil && h.DJRestAuth.LosesRotated() && h.RotateRefreshTokens,
			"dj_rest_auth without jwt_auth_refresh_cookie and with jwt_auth_httponly gives nobody the rotated refresh token, as dj-rest-auth does: " +
				"set JWT_AUTH_REFRESH_COOKIE in Django and here, or JWT_AUTH_HTTPONLY to False",
		},
		{
			h.ReuseDetection && h.ReuseGrace == 0,
			"reuse_detection without reuse_grace logs a user out whose browser tabs refresh at the same time: write reuse_grace 10s",
		},
		{
			h.LateRetry != 0 && !h.ReuseDetection,
			"late_retry without reuse_detection refuses a thief's second late retry and does not end the session: write reuse_detection",
		},
		{
			h.CheckUserIsActive != nil && *h.CheckUserIsActive && !h.release.ChecksUser,
			release + " does not know check_user_is_active and refreshes tokens of inactive users: " +
				"delete the line, or write the simplejwt_version that the backend runs",
		},
		{
			h.CheckRevokeToken && !h.EndSessionsOnPasswordChange,
			release + " does not look at check_revoke_token when it refreshes, and neither does the edge: " +
				"delete the line, or write end_sessions_on_password_change to end sessions when the password changes",
		},
		{
			h.RevokeTokenClaim != "" && !h.EndSessionsOnPasswordChange,
			"revoke_token_claim has no effect without end_sessions_on_password_change: delete the line, or add that one",
		},
		{
			h.EndSessionsOnPasswordChange && !h.release.MarksPassword,
			release + " does not know CHECK_REVOKE_TOKEN and writes no revoke_token_claim, " +
				"so end_sessions_on_password_change has no effect on its tokens: delete the line, or use SimpleJWT 5.3 or later",
		},
	} {
		if w.applies {
			all = append(all, w.text)
		}
	}
	return all
}
