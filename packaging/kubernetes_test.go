// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// manifests are the objects of examples/kubernetes.
type manifests struct {
	secret     core.Secret
	config     core.ConfigMap
	deployment apps.Deployment
	service    core.Service
	monitor    monitoring.PodMonitor
}

// readManifests decodes them by the types of Kubernetes; a field that these lack is an error.
func readManifests(t *testing.T) manifests {
	t.Helper()
	text, err := os.ReadFile("../examples/kubernetes/edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	targets := map[string]any{
		"Secret": &m.secret, "ConfigMap": &m.config, "Deployment": &m.deployment, "Service": &m.service, "PodMonitor": &m.monitor,
	}
	for _, document := range bytes.Split(text, []byte("\n---\n"))[1:] {
		var kind struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if err := yaml.Unmarshal(document, &kind); err != nil {
			t.Fatal(err)
		}
		target, ok := targets[kind.Kind]
		if !ok {
			t.Fatalf("the test knows no %s, or there are two", kind.Kind)
		}
		delete(targets, kind.Kind)
		if err := yaml.UnmarshalStrict(document, target); err != nil {
			t.Errorf("%s: %v", kind.Kind, err)
		}
	}
	if len(targets) > 0 {
		t.Errorf("the example lacks %v", targets)
	}
	return m
}

// TestKubernetesReferences: names and ports that one object has for another exist.
func TestKubernetesReferences(t *testing.T) {
	m := readManifests(t)
	pod := m.deployment.Spec.Template
	for what, selector := range map[string]map[string]string{
		"Deployment": m.deployment.Spec.Selector.MatchLabels,
		"Service":    m.service.Spec.Selector,
		"PodMonitor": m.monitor.Spec.Selector.MatchLabels,
	} {
		if diff := cmp.Diff(pod.Labels, selector); diff != "" {
			t.Errorf("the %s selects other labels than the pods have (-pods +selector):\n%s", what, diff)
		}
	}
	edge := pod.Spec.Containers[0]
	var ports, volumes []string
	for _, port := range edge.Ports {
		ports = append(ports, port.Name)
	}
	for _, volume := range pod.Spec.Volumes {
		volumes = append(volumes, volume.Name)
		if c := volume.ConfigMap; c != nil && c.Name != m.config.Name {
			t.Errorf("the volume %s is of the ConfigMap %s, and the example has %s", volume.Name, c.Name, m.config.Name)
		}
		if s := volume.Secret; s != nil && s.SecretName != m.secret.Name {
			t.Errorf("the volume %s is of the Secret %s, and the example has %s", volume.Name, s.SecretName, m.secret.Name)
		}
	}
	for _, port := range []string{
		m.service.Spec.Ports[0].TargetPort.StrVal, *m.monitor.Spec.PodMetricsEndpoints[0].Port,
		edge.ReadinessProbe.HTTPGet.Port.StrVal, edge.LivenessProbe.TCPSocket.Port.StrVal,
	} {
		if !slices.Contains(ports, port) {
			t.Errorf("the container has no port called %q; it has %s", port, ports)
		}
	}
	for _, mount := range edge.VolumeMounts {
		if !slices.Contains(volumes, mount.Name) {
			t.Errorf("the pod has no volume %q; it has %s", mount.Name, volumes)
		}
	}
}

// TestKubernetesServes: the image serves with what the Deployment mounts, as its user and
// in a read-only file system. It is ready once Redis answers.
func TestKubernetesServes(t *testing.T) {
	m := readManifests(t)
	c := unpack(t)
	security := m.deployment.Spec.Template.Spec.SecurityContext
	if got := number(t, strings.Split(c.config.User, ":")[0]); int64(got) != *security.RunAsUser {
		t.Errorf("the pod runs as %d, and the image's files are of %d", *security.RunAsUser, got)
	}
	config := mount(t, &m, c, "config", "Caddyfile", []byte(m.config.Data["Caddyfile"]), 0o644)
	for name, value := range m.secret.StringData {
		path := mount(t, &m, c, "secrets", name, []byte(value), 0o440)
		if err := os.Chown(path, 0, int(*security.FSGroup)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	edge := c.start(t, string(text))
	edge.get(t, "http://127.0.0.1:8080/other")
	probe := m.deployment.Spec.Template.Spec.Containers[0].ReadinessProbe.HTTPGet
	ready := "http://127.0.0.1:8080" + probe.Path
	if got := edge.get(t, ready); got.status != 503 {
		t.Errorf("without Redis the readiness probe gets %v, want 503", got)
	}
	startRedis(t, "redis-server", "--requirepass", m.secret.StringData["redis-password"])
	edge.await(t, func() error {
		got, err := send(http.MethodGet, ready, "")
		return errorUnless(got.status == 200, err, got)
	})
	token := mint(t, []string{"chroot", c.root, program}, m.secret.StringData["django-secret-key"])
	if status, access, next := refresh(t, "http://127.0.0.1:8080", token); status != 200 || access == "" || next == "" {
		t.Errorf("refresh: %d, tokens %t %t, want 200 and both", status, access != "", next != "")
	}
	if got := edge.get(t, "http://127.0.0.1:9180/metrics"); !strings.Contains(got.body, "caddy_token_refresh_requests_total") {
		t.Errorf("the PodMonitor gets %d and no caddy_token_refresh_requests_total", got.status)
	}
}

// mount writes a file of a volume to where the container mounts it.
func mount(t *testing.T, m *manifests, c container, volume, name string, data []byte, mode os.FileMode) string {
	t.Helper()
	for _, v := range m.deployment.Spec.Template.Spec.Containers[0].VolumeMounts {
		if v.Name != volume {
			continue
		}
		path := filepath.Join(c.root, v.MountPath, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, string(data), mode)
		return path
	}
	t.Fatalf("the container mounts no volume %s", volume)
	return ""
}
