#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# dpkg calls this with "remove", "purge" or "upgrade"; rpm with 0 or 1.
set -e

# The state has the spent tokens and the certificates, and secrets are the operator's own:
# only a purge takes them. The user stays, since a file somewhere may still belong to it.
if [ "$1" = purge ]; then
	rm -rf /var/lib/caddyrefresh /etc/caddyrefresh
fi

[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
