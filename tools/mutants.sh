#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Changes one operator after the other in the packages named, and looks whether
# their tests notice. Call it by `make mutants`.
#
#	tools/mutants.sh <package>[+<package with more tests>...] ...
#
# gremlins changes a copy of the module that holds these packages, what they
# import, and no other tests. MUTANTS_TESTFLAGS are flags of `go test`, MUTANTS_ONLY
# are the files to change where not all are meant.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What stands between gremlins and the go command, since gremlins
#   - takes a mutant that does not compile for one that a test has killed, unless
#     `go test` exits with 2,
#   - leaves out what no line of a coverage profile names: the conditions of a
#     switch, and constants. Here the profile names everything, and what no test
#     runs counts as a mutant that lived.
#
# An endless loop must not take all memory. What vet finds is no merit of a test.
mkdir "$scratch/bin"
printf '#!/usr/bin/env bash\ngo=%q\n' "$(command -v go)" >"$scratch/bin/go"
cat >>"$scratch/bin/go" <<'SHIM'
case $1 in
mod) exit ;;
test) shift ;;
*) exec "$go" "$@" ;;
esac
arguments=() profile=
while [ $# -gt 0 ]; do
	case $1 in
	-cover) ;;
	-coverprofile) profile=$2 && shift ;;
	*) arguments+=("$1") ;;
	esac
	shift
done
ulimit -d 6000000
code=0
out=$("$go" test -count=1 -vet=off $MUTANTS_TESTFLAGS "${arguments[@]}" 2>&1) || code=$?
echo "$out"
[[ $out != *"[build failed]"* ]] || code=2
if [ -n "$profile" ]; then
	echo "mode: set"
	"$go" list -f '{{$p := .ImportPath}}{{range .GoFiles}}{{$p}}/{{.}}:1.1,100000.1 1 1{{"\n"}}{{end}}' "./$MUTANTS_PACKAGE"
fi >"${profile:-/dev/null}"
exit "$code"
SHIM
chmod +x "$scratch/bin/go"
export MUTANTS_TESTFLAGS=${MUTANTS_TESTFLAGS:-}

# copy <directory> <package...> copies the module without what the tests of these
# packages do not need.
copy() {
	local to=$1 needed tested dir
	shift
	mkdir "$to"
	git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -cf - -T - | tar -xf - -C "$to"
	needed=$(go list -deps -test -f '{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}' "${@/#/./}" | sort -u)
	tested=$(go list -f '{{.Dir}}' "${@/#/./}")
	while read -r dir; do
		grep -Fqx "$root${dir#"$to"}" <<<"$needed" || rm -f "$dir"/*.go
		grep -Fqx "$root${dir#"$to"}" <<<"$tested" || rm -f "$dir"/*_test.go
	done < <(find "$to" -type d)
}

number=0
for argument in "$@"; do
	IFS=+ read -ra packages <<<"$argument"
	copied=$scratch/$((number += 1))
	copy "$copied" "${packages[@]}"
	(
		cd "$copied"
		export MUTANTS_PACKAGE=${packages[0]}
		exclude=(--exclude-files /)
		for file in ${MUTANTS_ONLY:+"$MUTANTS_PACKAGE"/*.go}; do
			file=${file##*/}
			[[ " $MUTANTS_ONLY " == *" $file "* ]] || exclude+=(--exclude-files "^$file\$")
		done
		PATH=$scratch/bin:$PATH TMPDIR=$scratch nice "$root/bin/gremlins" unleash "./$MUTANTS_PACKAGE" \
			--integration "${exclude[@]}" --workers 1 --timeout-coefficient 3 \
			--invert-assignments --invert-bitwise --invert-bwassign --invert-logical --invert-loopctrl --remove-self-assignments
	) | tee "$scratch/log"
	awk -v package="${packages[0]}" '
		/KILLED .* at |TIMED OUT .* at / { killed++ }
		/LIVED .* at / { lived++ }
		END { printf "%s: %d of %d mutants noticed, %.1f %%\n", package, killed, killed + lived, 100 * killed / (killed + lived + 1e-9) }
	' "$scratch/log"
done
