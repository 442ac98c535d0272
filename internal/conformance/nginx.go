// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// StartNginx starts nginx with its files in dir, and waits until it accepts connections at
// addr. http holds the directives of its block http.
func StartNginx(dir, addr, http string) (*Server, error) {
	user := "" // of the workers, which have to write to dir
	if os.Getuid() == 0 {
		user = "user root;"
	}
	config := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`
		%[2]s
		daemon off;
		worker_processes 1;
		pid %[1]s/nginx.pid;
		error_log %[1]s/nginx.log crit;
		events { worker_connections 256; }
		http {
			access_log off;
			client_body_temp_path %[1]s/body;
			proxy_temp_path %[1]s/proxy;
			fastcgi_temp_path %[1]s/fastcgi;
			uwsgi_temp_path %[1]s/uwsgi;
			scgi_temp_path %[1]s/scgi;
			%[3]s
		}`, dir, user, http)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("writing nginx's configuration: %w", err)
	}
	return Start(exec.Command("nginx", "-p", dir, "-c", config), addr)
}
