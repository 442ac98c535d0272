// SPDX-License-Identifier: Apache-2.0

//go:build conformance

// Command record sends the catalogue of cases to the Django of one release,
// with a stopped clock and given jtis, and writes what it answers to
// testdata/django/<release>.json. The same catalogue gives the same file.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/caddyrefresh/caddyrefresh/conformance"
)

func main() {
	release := flag.String("release", "", "the release to record: 5.2, 5.3, 5.4 or 5.5; all of them without it")
	out := flag.String("out", filepath.Join(conformance.Dir(), "..", "testdata", "django"), "the folder to write to")
	flag.Parse()
	known := false
	for _, rel := range conformance.Releases() {
		if *release != "" && *release != rel.Name {
			continue
		}
		known = true
		if err := record(context.Background(), rel, *out); err != nil {
			fmt.Fprintln(os.Stderr, "record:", err)
			os.Exit(1)
		}
	}
	if !known {
		fmt.Fprintf(os.Stderr, "record: no release %q: write 5.2, 5.3, 5.4 or 5.5\n", *release)
		os.Exit(2)
	}
}

func record(ctx context.Context, rel conformance.Release, dir string) error {
	versions, err := conformance.Versions(rel)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	database, err := conformance.Database(ctx, rel, tmp)
	if err != nil {
		return err
	}
	recording := conformance.Recording{Release: rel.Name, Versions: versions}
	for _, p := range conformance.Profiles() {
		settings, err := json.Marshal(p.SimpleJWT)
		if err != nil {
			return err
		}
		recording.Profiles = append(recording.Profiles, conformance.RecordedProfile{
			Name: p.Name, SimpleJWT: settings, Caddyfile: p.Caddyfile,
		})
		exchanges, err := profile(ctx, rel, p, database)
		if err != nil {
			return fmt.Errorf("release %s, profile %s: %w", rel.Name, p.Name, err)
		}
		recording.Exchanges = append(recording.Exchanges, exchanges...)
	}
	if err := distinct(recording.Exchanges); err != nil {
		return err
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(recording); err != nil {
		return err
	}
	path := filepath.Join(dir, rel.Name+".json")
	fmt.Printf("%s: %d exchanges, %d bytes\n", path, len(recording.Exchanges), text.Len())
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// distinct holds the catalogue to one name and one purpose for each request.
func distinct(all []conformance.Exchange) error {
	seen := map[string]string{}
	names := map[string]bool{}
	for _, e := range all {
		key := fmt.Sprintf("%s %v %s", e.Profile, e.Now, e.Raw())
		if was, ok := seen[key]; ok {
			return fmt.Errorf("%q and %q are one request", was, e.Name)
		}
		if names[e.Profile+e.Name] {
			return fmt.Errorf("two cases are named %q", e.Name)
		}
		seen[key], names[e.Profile+e.Name] = e.Name, true
	}
	return nil
}

// profile records the catalogue for one configuration.
func profile(ctx context.Context, rel conformance.Release, p conformance.Profile, database string) (_ []conformance.Exchange, err error) {
	django, err := conformance.Django(ctx, rel, p, database, true)
	if err != nil {
		return nil, err
	}
	defer func() {
		if stop := django.Stop(); err == nil {
			err = stop
		}
	}()
	r := recorder{rel: rel, p: p, addr: django.Addr}
	cases := conformance.Catalogue(rel, p, base)
	obtained, err := r.obtained()
	if err != nil {
		return nil, err
	}
	var out []conformance.Exchange
	var failed []error
	for _, c := range slices.Concat(obtained, cases) {
		if c.LiveOnly {
			continue
		}
		e, err := r.exchange(c)
		if err != nil {
			failed = append(failed, fmt.Errorf("case %q: %w", c.Name, err))
		}
		out = append(out, e)
	}
	return out, errors.Join(failed...)
}
