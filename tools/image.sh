#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image.sh <program> <architecture> <archive> puts a static caddyrefresh into an image,
# and the image into an archive for `docker load`. It needs root and buildah, pulls
# nothing, and keeps its own storage, so that it leaves nothing on the machine.
set -euo pipefail
program=$1 arch=$2 archive=$3
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/context/root
mkdir -p "$work/context/empty" "$root/etc"
install -D "$program" "$root/usr/bin/caddyrefresh"
install -D -m 644 deploy/systemd/Caddyfile "$root/etc/caddyrefresh/Caddyfile"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
install -m 644 deploy/image/passwd deploy/image/group "$root/etc"

own() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
# OCI's format has no HEALTHCHECK. Without a timestamp the same files make the same image.
own build --isolation chroot --format docker --timestamp 0 --quiet --arch "$arch" --tag caddyrefresh \
	--build-arg "VERSION=${VERSION:-dev}" --file deploy/image/Containerfile "$work/context"
mkdir -p "$(dirname "$archive")"
rm -f "$archive" # buildah adds to none that is there
own push --quiet caddyrefresh "docker-archive:$archive:caddyrefresh:${VERSION:-latest}"
