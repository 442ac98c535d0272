// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

// leastWrongConfigs is how many ways to get a configuration wrong have to be
// answered with a sentence.
const leastWrongConfigs = 30

// TestAdapt runs the files of testdata/adapt: a Caddyfile, a line of dashes,
// then the JSON that it adapts to, or what `caddy validate` has to say about it.
func TestAdapt(t *testing.T) {
	// Keys that the files name.
	t.Setenv("TEST_KEY", "a-key-of-more-than-thirty-two-bytes-for-tests")
	t.Setenv("TEST_SHORT_KEY", "short")
	t.Setenv("TEST_EMPTY_KEY", "")
	setTestKeys(t)
	t.Setenv("TEST_DIR", t.TempDir())
	authority, err := certtest.New(t.TempDir(), "ca")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_CA", authority.File)
	t.Setenv("TEST_REDIS_URL", "rediss://edge:secret@redis.example:6380/0")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	t.Setenv("TEST_JWK", `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`)

	files, err := filepath.Glob("testdata/adapt/*.caddyfiletest")
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config, want, ok := strings.Cut(string(data), "----------\n")
		if !ok {
			t.Fatalf("%s has no line of dashes", file)
		}
		want = strings.TrimSpace(want)
		name := strings.TrimSuffix(filepath.Base(file), ".caddyfiletest")
		if !strings.HasPrefix(want, "{") {
			wrong++
			t.Run(name, func(t *testing.T) { testWrong(t, config, want) })
			continue
		}
		t.Run(name, func(t *testing.T) { testAdapts(t, config, want) })
	}
	if wrong < leastWrongConfigs {
		t.Errorf("%d wrong configurations, want at least %d", wrong, leastWrongConfigs)
	}
}

// TestWrongJSON runs the files of testdata/wrongjson: the handler's JSON, a line of
// dashes, then what `caddy validate` has to say about it.
func TestWrongJSON(t *testing.T) {
	t.Setenv("TEST_KEY", "a-key-of-more-than-thirty-two-bytes-for-tests")
	files, err := filepath.Glob("testdata/wrongjson/*.jsontest")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsontest"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			handler, want, _ := strings.Cut(string(data), "----------\n")
			handler = strings.Replace(handler, "{", `{"handler":"token_refresh",`, 1)
			err = validate([]byte(`{"apps":{"http":{"servers":{"s":{"listen":[":8080"],"routes":[{"handle":[` + handler + `]}]}}}}}`))
			if err == nil {
				t.Fatal("it is accepted")
			}
			if want = strings.TrimSpace(want); want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is\n%v\nand does not hold\n%s", err, want)
			}
		})
	}
}

func adapt(config string) ([]byte, error) {
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(config), map[string]any{"filename": "Caddyfile"})
	return adapted, err
}

// testAdapts wants the JSON, and that it validates.
func testAdapts(t *testing.T, config, want string) {
	adapted, err := adapt(config)
	if err != nil {
		t.Fatal(err)
	}
	var gotJSON, wantJSON any
	if err := json.Unmarshal(adapted, &gotJSON); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wantJSON); err != nil {
		t.Fatalf("the golden is no JSON: %v", err)
	}
	if diff := cmp.Diff(wantJSON, gotJSON); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := validate(adapted); err != nil {
		t.Errorf("it does not validate: %v", err)
	}
}

func testWrong(t *testing.T, config, want string) {
	adapted, err := adapt(config)
	if err == nil {
		err = validate(adapted)
	}
	if err == nil {
		t.Fatal("it is accepted")
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("the error is\n%v\nand does not hold\n%s", err, want)
	}
	for _, secret := range []string{"a-key-of-more", "f83OJ3D2xF1B", "literal", "BEGIN", "MIG", "MFk"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error quotes a secret: %v", err)
		}
	}
}

// validate does what `caddy validate` does with adapted.
func validate(adapted []byte) error {
	var config caddy.Config
	if err := caddy.StrictUnmarshalJSON(adapted, &config); err != nil {
		return err
	}
	return caddy.Validate(&config)
}
