#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# publish-image.sh <image> <version> pushes one image for both architectures that
# goreleaser built for Linux, as <image>:<version> and <image>:latest.
set -euo pipefail
image=$1 version=$2
cd "$(dirname "$0")/.."

# buildah makes files of other users.
[ "$(id -u)" = 0 ] || sudo=sudo
work=$(mktemp -d)
trap '${sudo:-} rm -rf "$work"' EXIT
own() { ${sudo:-} buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }

own manifest create caddyrefresh >/dev/null
for arch in amd64 arm64; do
	${sudo:-} env VERSION="$version" tools/image.sh "$(echo dist/linux_"$arch"_*/caddyrefresh)" "$arch" "$work/$arch.tar"
	own manifest add caddyrefresh "docker-archive:$work/$arch.tar" >/dev/null
done

own login --tls-verify="${TLS_VERIFY:-true}" --authfile "$work/auth" --username "$REGISTRY_USER" --password-stdin \
	"${image%%/*}" <<<"$REGISTRY_PASSWORD"
for tag in "$version" latest; do
	# OCI's format would lose the HEALTHCHECK.
	own manifest push --all --format v2s2 --tls-verify="${TLS_VERIFY:-true}" --authfile "$work/auth" \
		caddyrefresh "docker://$image:$tag"
done
