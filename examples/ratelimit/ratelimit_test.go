// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

const key = "a-key-of-more-than-thirty-two-bytes-for-this-recipe"

// TestRecipe loads the Caddyfile and refreshes as several clients behind a proxy: one
// that refreshes too often gets 429 with Retry-After and never 401, the others their
// tokens, and what is no refresh is not counted.
func TestRecipe(t *testing.T) {
	t.Setenv("DJANGO_SECRET_KEY", key)
	recipe, err := os.ReadFile("Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	edge := edgetest.Start(t, strings.NewReplacer(
		"api.example.com", "http://127.0.0.1:{{port}}",
		"reverse_proxy django:8000", `respond "django"`,
	).Replace(string(recipe)))
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"token_type": "refresh", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "jti": "1", "user_id": "1",
	}).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	refresh := func(client, path string) *http.Response {
		res, _ := edge.Do(http.MethodPost, path, `{"refresh":"`+token+`"}`, "Content-Type", "application/json", "X-Forwarded-For", client)
		return res
	}
	for i := range 30 {
		if res := refresh("203.0.113.7", "/api/token/refresh"+strings.Repeat("/", i%2)); res.StatusCode != http.StatusOK {
			t.Fatalf("refresh %d of 30: %s", i+1, res.Status)
		}
	}
	res := refresh("203.0.113.7", "/api/token/refresh")
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != http.StatusTooManyRequests || err != nil || seconds < 1 || seconds > 60 {
		t.Errorf("one refresh more: %s, Retry-After %q, want 429 and 1 to 60 seconds", res.Status, res.Header.Get("Retry-After"))
	}
	if res := refresh("203.0.113.8", "/api/token/refresh"); res.StatusCode != http.StatusOK {
		t.Errorf("another client: %s, want 200", res.Status)
	}
	if res, body := edge.Do(http.MethodGet, "/api/projects", "", "X-Forwarded-For", "203.0.113.7"); body != "django" {
		t.Errorf("a request that is no refresh: %s %q, want the backend's answer", res.Status, body)
	}
}
