// SPDX-License-Identifier: Apache-2.0

package release

import (
	"cmp"
	"slices"
	"strings"
)

// Default is the SimpleJWT that is assumed if none is named.
const Default = "5.3"

// Versions names the releases that a backend runs, each as a series ("5.3", which stands
// for its newest release) or in full ("5.3.1"). For an empty one a release is assumed:
// [Default] for SimpleJWT, and for the others the newest known one that pip installs
// with the rest on Python 3.11.
type Versions struct{ SimpleJWT, PyJWT, DRF, Django string }

// Release is what a backend runs: a SimpleJWT, and the libraries installed beside
// it.
type Release struct {
	SimpleJWT

	PyJWT  PyJWT
	DRF    DRF
	Django Django
}

// Remarks are what an operator should know about the given versions.
type Remarks struct {
	Assumed []string // the settings that were left out
	Newer   []string // a sentence for each version that is newer than the known ones
	Apart   []string // a sentence for each two versions that pip does not install together
}

// Find returns the release of these versions. Its errors name the setting and the known
// releases.
func Find(v Versions) (*Release, Remarks, error) {
	var remarks Remarks
	r := new(Release)
	simplejwt, err := simpleJWTs.find(cmp.Or(v.SimpleJWT, Default), &remarks)
	if err != nil {
		return nil, remarks, err
	}
	r.SimpleJWT = simpleJWT(simplejwt)

	pyjwt, err := pyJWTs.find(cmp.Or(v.PyJWT, pyJWTs.newestBefore(r.pyJWTBefore)), &remarks)
	if err != nil {
		return nil, remarks, err
	}
	r.PyJWT = pyJWT(pyjwt)

	web, err := djangos.find(cmp.Or(v.Django, r.newestDjango()), &remarks)
	if err != nil {
		return nil, remarks, err
	}
	r.Django = django(web)

	framework, err := drfs.find(cmp.Or(v.DRF, newestDRF(web)), &remarks)
	if err != nil {
		return nil, remarks, err
	}
	r.DRF = drf(framework)

	for _, setting := range []struct{ name, value string }{
		{simpleJWTs.setting, v.SimpleJWT},
		{pyJWTs.setting, v.PyJWT},
		{drfs.setting, v.DRF},
		{djangos.setting, v.Django},
	} {
		if setting.value == "" {
			remarks.Assumed = append(remarks.Assumed, setting.name)
		}
	}
	remarks.Apart = r.apart()
	return r, remarks, nil
}

// newestDjango returns the newest Django before [djangoNotAssumed] that works with
// SimpleJWT.
func (r *Release) newestDjango() string {
	if limit := r.djangoBefore; limit != (Version{}) {
		return djangos.newestBefore(limit)
	}
	return djangos.newestBefore(djangoNotAssumed)
}

// newestDRF returns the newest DRF that works with this Django.
func newestDRF(django Version) string {
	for _, v := range slices.Backward(drfs.known) {
		if django.Compare(drf(v).djangoSince) >= 0 {
			return v.String()
		}
	}
	return drfs.known[0].String()
}

// apart returns the reasons why pip does not install the four together.
func (r *Release) apart() []string {
	var all []string
	for _, w := range []struct {
		applies bool
		text    string
	}{
		{
			r.pyJWTBefore != Version{} && r.PyJWT.Version.Compare(r.pyJWTBefore) >= 0,
			"SimpleJWT " + r.Version.String() + " asks for a PyJWT before " + r.pyJWTBefore.String(),
		},
		{
			r.djangoBefore != Version{} && r.Django.Version.Compare(r.djangoBefore) >= 0,
			"SimpleJWT " + r.Version.String() + " cannot be imported with a Django from " + r.djangoBefore.String() + " on",
		},
		{
			r.DRF.djangoBefore != Version{} && r.Django.Version.Compare(r.DRF.djangoBefore) >= 0,
			"Django REST framework " + r.DRF.Version.String() + " cannot be imported with a Django from " + r.DRF.djangoBefore.String() + " on",
		},
		{
			r.Django.Version.Compare(r.DRF.djangoSince) < 0,
			"Django REST framework " + r.DRF.Version.String() + " asks for Django " + r.DRF.djangoSince.String() + " or later",
		},
	} {
		if w.applies {
			all = append(all, w.text)
		}
	}
	return all
}

// MustFind is [Find] for versions in the code. It panics if one is invalid.
func MustFind(v Versions) *Release {
	r, _, err := Find(v)
	if err != nil {
		panic("release: " + err.Error())
	}
	return r
}

// MustNamed is [MustFind] for a SimpleJWT and the libraries that are assumed beside it.
func MustNamed(simplejwt string) *Release { return MustFind(Versions{SimpleJWT: simplejwt}) }

// Newest returns the newest of everything.
func Newest() *Release { return WithNewest(simpleJWTs.newest().String()) }

// WithNewest returns a SimpleJWT with the newest of the other three.
func WithNewest(simplejwt string) *Release {
	return MustFind(Versions{SimpleJWT: simplejwt, Django: djangos.newest().String()})
}

// Names returns the series of SimpleJWT, oldest first: "5.2" and so on.
func Names() []string { return simpleJWTs.series() }

// Versions returns the versions of the four, in full.
func (r *Release) Versions() Versions {
	return Versions{
		SimpleJWT: r.Version.String(),
		PyJWT:     r.PyJWT.Version.String(),
		DRF:       r.DRF.Version.String(),
		Django:    r.Django.Version.String(),
	}
}

// Lines returns the lines of a token_refresh block that name the versions.
func (v Versions) Lines() []string {
	return []string{
		simpleJWTs.setting + " " + v.SimpleJWT,
		pyJWTs.setting + " " + v.PyJWT,
		drfs.setting + " " + v.DRF,
		djangos.setting + " " + v.Django,
	}
}

// String returns the versions in words.
func (v Versions) String() string {
	return strings.Join([]string{
		simpleJWTs.name + " " + v.SimpleJWT, pyJWTs.name + " " + v.PyJWT, drfs.name + " " + v.DRF, djangos.name + " " + v.Django,
	}, ", ")
}
