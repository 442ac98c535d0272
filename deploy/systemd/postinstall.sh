#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# dpkg calls this with "configure" and the version before, if there was one; rpm with 1
# for an installation and 2 for an upgrade.
set -e

# A container may have no systemd, and useradd makes the same user there.
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers caddyrefresh.conf
elif ! getent passwd caddyrefresh >/dev/null; then
	useradd --system --user-group --home-dir /var/lib/caddyrefresh --no-create-home \
		--shell /usr/sbin/nologin caddyrefresh
fi
chgrp caddyrefresh /etc/caddyrefresh/secrets
# As StateDirectory makes it, so that `token-refresh check` works before the first start.
install -d -m 0700 -o caddyrefresh -g caddyrefresh /var/lib/caddyrefresh

[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
# An installation does not start the service: its site has to be written first.
systemctl try-restart caddyrefresh.service
