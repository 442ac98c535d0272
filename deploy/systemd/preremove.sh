#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# dpkg calls this with "remove" or "upgrade"; rpm with 0 for a removal and 1 for an upgrade.
set -e

[ -d /run/systemd/system ] || exit 0
case $1 in
remove | 0) systemctl disable --now caddyrefresh.service ;;
esac
