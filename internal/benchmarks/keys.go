// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"maps"
)

// keyWork compares a refresh by an asymmetric key with what it cannot do
// without, and each algorithm with HS256.
func keyWork(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, "./internal/simplejwt")
	if err != nil {
		return nil, err
	}
	defer done()
	shares := []row{
		{what: "RS256 refresh, no HTTP: speed", beside: "crypto, verify + sign", target: 0.95},
		{what: "ES256 refresh, no HTTP: speed", beside: "crypto, verify + sign", target: 0.95},
		{what: "EdDSA refresh, no HTTP: speed", beside: "crypto, verify + sign", target: 0.95},
	}
	names := []string{"RS256", "ES256", "EdDSA"}
	for i := range o.pairs {
		for j, name := range names {
			ours, theirs := "RefreshBy$/^"+name, "Crypto$/^"+name
			first, second := ours, theirs
			if i%2 == 1 {
				first, second = theirs, ours
			}
			results, err := tests.benchAll(ctx, first, second)
			if err != nil {
				return nil, err
			}
			share := results["Crypto/"+name].nanoseconds / results["RefreshBy/"+name].nanoseconds
			shares[j].values = append(shares[j].values, share)
		}
	}
	rows, err := throughput(ctx, o, tests)
	return append(shares, rows...), err
}

// throughput tells how many refreshes each algorithm does while HS256 does one.
func throughput(ctx context.Context, o options, tests testBinary) ([]row, error) {
	algorithms := []string{"HS384", "HS512", "EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	rows := make([]row, len(algorithms))
	for i, algorithm := range algorithms {
		rows[i] = row{what: algorithm + " refresh, no HTTP: speed", beside: "HS256", noTarget: true}
	}
	for range min(o.pairs, 3) {
		results, err := tests.benchAll(ctx, "RefreshBy")
		if err != nil {
			return nil, err
		}
		for i, algorithm := range algorithms {
			rows[i].values = append(rows[i].values, results["RefreshBy/HS256"].nanoseconds/results["RefreshBy/"+algorithm].nanoseconds)
		}
	}
	return rows, nil
}

// benchAll runs benchmarks one after the other.
func (t testBinary) benchAll(ctx context.Context, names ...string) (map[string]result, error) {
	all := make(map[string]result)
	for _, name := range names {
		results, err := t.bench(ctx, name)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, results)
	}
	return all, nil
}
