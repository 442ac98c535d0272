#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fails unless Caddyfile.example and each ```caddyfile block of the pages is
# formatted as `caddy fmt` would.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp Caddyfile.example "$work/Caddyfile.example"
while IFS= read -r page; do
	awk -v out="$work/$(tr / _ <<<"$page")" '
		/^```/ { inside = !inside && /^```caddyfile[ \t]*$/; if (inside) file = out "-line-" NR; next }
		inside { print > file }
	' "$page"
done < <(git ls-files --cached --others --exclude-standard -- '*.md')

bad=0
for file in "$work"/*; do
	if ! bin/caddyrefresh fmt --diff "$file" >"$work.diff" 2>&1; then
		echo "$(basename "$file") is not formatted: caddy fmt would write" >&2
		cat "$work.diff" >&2
		bad=1
	fi
done
rm -f "$work.diff"
exit "$bad"
