#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Starts the edge of Caddyfile.example, prints a request to try, serves until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

taken=0
while read -r port use; do
	if listens "$port"; then
		echo "port $port, which the demo needs for $use, is taken: end what listens there (ss -ltnp 'sport = :$port' names it), or change the port in Caddyfile.example and tools/run.sh" >&2
		taken=1
	fi
done <<-PORTS
	8080 the edge
	8081 the stand-in for Django
	2019 Caddy's admin endpoint
PORTS
[ "$taken" = 0 ] || exit 1

make --no-print-directory build
token=$(bin/caddyrefresh token-refresh mint --signing-key "$DEMO_SIGNING_KEY" --claim user_id=1)

bin/caddyrefresh run --config Caddyfile.example &
edge=$!
# Bash starts background jobs with Ctrl-C ignored, so it is handed on.
trap 'kill -TERM "$edge" 2>/dev/null || true' INT TERM EXIT

until listens 8080; do
	kill -0 "$edge" 2>/dev/null || {
		echo "the edge ended; its log above says why" >&2
		exit 1
	}
	sleep 0.1
done

cat <<READY

The edge listens on http://127.0.0.1:8080. Refresh a token that lives for a day:

curl -i http://127.0.0.1:8080/api/token/refresh -H 'Content-Type: application/json' -d '{"refresh":"$token"}'

Ctrl-C ends it.

READY

# A signal ends the first wait early; the second one sees the edge out.
wait "$edge" || wait "$edge" || true
trap - EXIT
