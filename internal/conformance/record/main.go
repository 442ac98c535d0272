// SPDX-License-Identifier: Apache-2.0

//go:build conformance

// Command record sends the catalogue of cases to the Django of each set of libraries,
// with a stopped clock and given jtis, and writes what it answers to testdata/django:
// <set>.json, and for the sets of their time <set>-sliding.json for sliding tokens,
// <set>-keys.json for pairs of keys and <set>-stories.json for stories. The newest of
// those has <set>-dj-rest-auth.json as well. The same catalogue gives the same files, but
// for signatures of ES256 and PS256.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

func main() {
	only := flag.String("release", "", "the sets to record, such as 5.3 or '*-newest'; all of them without it")
	out := flag.String("out", filepath.Join(conformance.Dir(), "..", "..", "testdata", "django"), "the folder to write to")
	flag.Parse()
	known := false
	for _, rel := range conformance.RecordedSets() {
		if chosen, err := path.Match(*only, rel.Name); *only != "" && !chosen || err != nil {
			continue
		}
		known = true
		if err := record(context.Background(), rel, *out); err != nil {
			fmt.Fprintln(os.Stderr, "record:", err)
			os.Exit(1)
		}
	}
	if !known {
		fmt.Fprintf(os.Stderr, "record: no set is called %q: see internal/conformance/sets.go\n", *only)
		os.Exit(2)
	}
}

func record(ctx context.Context, rel *conformance.Set, dir string) error {
	tmp, err := os.MkdirTemp("", "record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	database, err := conformance.Database(ctx, rel, tmp)
	if err != nil {
		return err
	}
	if err := catalogue(ctx, rel, conformance.Profiles(), database, filepath.Join(dir, rel.Name+".json")); err != nil {
		return err
	}
	if !rel.IsContemporary() {
		return nil
	}
	if err := catalogue(ctx, rel, conformance.SlidingProfiles(), database, filepath.Join(dir, rel.Name+"-sliding.json")); err != nil {
		return err
	}
	if err := catalogue(ctx, rel, conformance.KeyProfiles(rel), database, filepath.Join(dir, rel.Name+"-keys.json")); err != nil {
		return err
	}
	if rel.Name == conformance.Newest().Name {
		if err := catalogue(ctx, rel, conformance.DJRestAuthProfiles(""), database, filepath.Join(dir, rel.Name+"-dj-rest-auth.json")); err != nil {
			return err
		}
	}
	return stories(ctx, rel, database, filepath.Join(dir, rel.Name+"-stories.json"))
}

// catalogue records the named cases for each of the configurations.
func catalogue(ctx context.Context, rel *conformance.Set, profiles []conformance.Profile, database, path string) error {
	recording := &conformance.Recording{Release: rel.Name, Versions: rel.Packages()}
	for _, p := range profiles {
		if p.Rotates && rel.RotationNeedsApp {
			continue // it answers nothing: see the row rotation-crash of the parity page
		}
		recorded, err := p.Recorded()
		if err != nil {
			return err
		}
		recording.Profiles = append(recording.Profiles, recorded)
		exchanges, err := profile(ctx, rel, p, database)
		if err != nil {
			return fmt.Errorf("release %s, profile %s: %w", rel.Name, p.Name, err)
		}
		recording.Exchanges = append(recording.Exchanges, exchanges...)
	}
	if err := distinct(recording.Exchanges); err != nil {
		return err
	}
	if rel.Base != "" {
		base, err := conformance.LoadRecording(filepath.Join(filepath.Dir(path), rel.Base+".json"))
		if err != nil {
			return err
		}
		recording = recording.Since(base)
	}
	fmt.Printf("%s: %d exchanges\n", path, len(recording.Exchanges))
	return write(path, recording)
}

// maxFile is how large a recording may be, in bytes. Larger files are hard to review.
const maxFile = 1280 << 10

func write(path string, recording any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(recording); err != nil {
		return err
	}
	if text.Len() >= maxFile {
		return fmt.Errorf("%s would be %d bytes long: mark bulky cases LiveOnly, or tell fewer stories", path, text.Len())
	}
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
func profile(ctx context.Context, rel *conformance.Set, p conformance.Profile, database string) (_ []conformance.Exchange, err error) {
	if database, err = conformance.OwnDatabase(p, database); err != nil {
		return nil, err
	}
	django, err := conformance.Django(ctx, rel, p, database, true)
	if err != nil {
		return nil, err
	}
	defer func() {
		if stop := django.Stop(); err == nil {
			err = stop
		}
	}()
	r := recorder{rel: rel, p: p, addr: django.Addr, base: base}
	if p.Remembers {
		r.base = storyBase
	}
	cases := conformance.Catalogue(rel, p, r.base)
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
