// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// TestImagePublish: the release workflow pushes one image for two architectures, with the
// health check, to a registry. The program for arm64 is a stand-in here, since only its
// packing is tested and Caddy takes minutes to build.
func TestImagePublish(t *testing.T) {
	repository := t.TempDir()
	for _, dir := range []string{"tools", "deploy"} {
		run(t, "cp", "--recursive", "../"+dir, repository)
	}
	for _, target := range []string{"linux_amd64_linux_amd64_v1", "linux_arm64_linux_arm64_v8.0"} {
		dir := filepath.Join(repository, "dist", target)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "caddyrefresh"), target, 0o755)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	image := strings.TrimPrefix(server.URL, "http://") + "/caddyrefresh/caddyrefresh"

	cmd := exec.Command(filepath.Join(repository, "tools/publish-image.sh"), image, "1.2.3")
	cmd.Env = append(os.Environ(), "REGISTRY_USER=somebody", "REGISTRY_PASSWORD=secret", "TLS_VERIFY=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tag := range []string{"1.2.3", "latest"} {
		if diff := cmp.Diff(map[string]string{"amd64": "1.2.3", "arm64": "1.2.3"}, published(t, image+":"+tag)); diff != "" {
			t.Errorf("%s: versions by architecture (-want +got):\n%s", tag, diff)
		}
	}
}

// published returns the version that each architecture's image is labelled with.
func published(t *testing.T, tag string) map[string]string {
	t.Helper()
	reference, err := name.ParseReference(tag)
	if err != nil {
		t.Fatal(err)
	}
	index, err := remote.Index(reference)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, entry := range manifest.Manifests {
		image, err := index.Image(entry.Digest)
		if err != nil {
			t.Fatal(err)
		}
		file, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if file.Config.Healthcheck == nil {
			t.Errorf("%s: the image for %s has no health check", tag, entry.Platform.Architecture)
		}
		versions[entry.Platform.Architecture] = file.Config.Labels["org.opencontainers.image.version"]
	}
	return versions
}
