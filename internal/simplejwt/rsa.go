// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"crypto/rsa"
	"fmt"
	"math/big"
)

// Bounds of the length of an RSA modulus. RFC 7518 sections 3.3 and 3.5 require 2048
// bits. Above the upper bound a signature takes so long that the key would only keep the
// edge busy.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// checkRSA refuses keys that are too short, too long, or known to be broken.
func checkRSA(public *rsa.PublicKey) error {
	switch bits := public.N.BitLen(); {
	case bits < minRSABits:
		return fmt.Errorf("%w: it has %d bits and RFC 7518 requires at least %d; make one with `%s`", ErrWeakKey, bits, minRSABits, rsaKind.command)
	case bits > maxRSABits:
		return fmt.Errorf("%w for a server: it has %d bits and at most %d are taken; make one with `%s`", ErrWeakKey, bits, maxRSABits, rsaKind.command)
	case public.N.Bit(0) == 0:
		return fmt.Errorf("%w: its modulus is even", ErrWeakKey)
	case public.E < 3 || public.E%2 == 0:
		return fmt.Errorf("%w: its exponent is even or 1", ErrWeakKey)
	case hasROCA(public.N):
		return fmt.Errorf("%w: it was made by a chip with the ROCA flaw (CVE-2017-15361), so its private half can be computed; "+
			"make another with `%s`", ErrWeakKey, rsaKind.command)
	}
	return nil
}

// rocaPrimes are primes modulo which few numbers are powers of 65537. The primes of a
// flawed key are such powers modulo each of them, and so is its modulus.
var rocaPrimes = []uint64{11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157}

// hasROCA reports whether n bears the mark of the flawed generator (Nemec et al.,
// The Return of Coppersmith's Attack, 2017, section 3). Chance puts it on fewer
// than one key in a hundred million.
func hasROCA(n *big.Int) bool {
	for _, p := range rocaPrimes {
		residue := new(big.Int).Mod(n, new(big.Int).SetUint64(p)).Uint64()
		power := uint64(1)
		for power != residue {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}
