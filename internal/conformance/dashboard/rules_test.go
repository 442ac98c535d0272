// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// deploy is the folder of what operators copy.
const deploy = "../../../deploy"

// TestRules: promtool finds no fault in the rules, and every alert fires when it should
// and at no other time.
func TestRules(t *testing.T) {
	rules := filepath.Join(deploy, "prometheus", "rules.yml")
	cases, err := filepath.Glob(filepath.Join(deploy, "prometheus", "rules*_test.yml"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d files of cases, %v", len(cases), err)
	}
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", rules)
	promtool(t, append([]string{"test", "rules"}, cases...)...)
}

func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "promtool", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("promtool %v (Debian's package prometheus has it): %v\n%s", arguments, err, out)
	}
}
