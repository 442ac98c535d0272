// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// Set is a SimpleJWT and the libraries that are installed beside it in one Python
// environment.
type Set struct {
	Name string // of its requirements and its recordings
	*release.Release
}

// Sets are those that are recorded and compared: each series of SimpleJWT with the
// libraries of its time.
func Sets() []*Set {
	var sets []*Set
	for _, name := range release.Names() {
		sets = append(sets, MustSet(name))
	}
	return sets
}

// MustSet returns the set of a name, such as "5.3". It panics where there is none.
func MustSet(name string) *Set {
	versions, err := Versions(name)
	if err != nil {
		panic(err)
	}
	return &Set{Name: name, Release: release.MustFind(release.Versions{
		SimpleJWT: versions["djangorestframework_simplejwt"],
		PyJWT:     versions["PyJWT"],
		DRF:       versions["djangorestframework"],
		Django:    full(versions["Django"]),
	})}
}

// full adds the patch number that Django's first release of a series lacks.
func full(version string) string {
	if strings.Count(version, ".") == 1 {
		version += ".0"
	}
	return version
}

// Newest returns the set of the newest SimpleJWT.
func Newest() *Set {
	sets := Sets()
	return sets[len(sets)-1]
}

// Versions returns the versions of the packages of requirements-<name>.txt.
func Versions(name string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(Dir(), "requirements-"+name+".txt"))
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if name, version, ok := strings.Cut(lines.Text(), "=="); ok {
			versions[name] = version
		}
	}
	return versions, nil
}

// Dir returns this folder.
func Dir() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}
