// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// Names returns the names of a grammar: those of the JSON fields of a struct of settings.
func Names[Settings any]() (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// JSON reads data into a struct of settings; known holds all their names. Its errors
// name the setting and the way to write it.
func JSON(data []byte, settings any, known []string) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(settings)
	if err == nil {
		return nil
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return errors.New(Unknown(strings.Trim(name, `"`), known))
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" {
		if wrong := duration(data, reflect.TypeOf(settings).Elem()); wrong != nil {
			return wrong
		}
		return err
	}
	return fmt.Errorf("%s cannot be %s in JSON: write %s", wrong.Field, kindOf(wrong.Value), example(wrong.Type))
}

// kindOf turns encoding/json's word for a value into one for people.
func kindOf(value string) string {
	switch kind, _, _ := strings.Cut(value, " "); kind {
	case "array", "object":
		return "an " + kind
	case "bool":
		return "true or false"
	default:
		return "a " + kind
	}
}

func example(of reflect.Type) string {
	switch {
	case of.Kind() == reflect.Pointer:
		return example(of.Elem())
	case of.Kind() == reflect.Bool:
		return "true or false"
	case of.Kind() == reflect.String:
		return "a string"
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct:
		return "an array of objects"
	case of.Kind() == reflect.Slice:
		return "an array of strings"
	case of.Kind() == reflect.Struct:
		return "an object"
	default:
		return "a number"
	}
}

// duration returns an error about the first setting whose text is no duration, since
// the error of encoding/json does not name the setting.
func duration(data []byte, settings reflect.Type) error {
	var values map[string]json.RawMessage
	_ = json.Unmarshal(data, &values) // data that is no object has no members
	for _, field := range reflect.VisibleFields(settings) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Type != reflect.TypeFor[caddy.Duration]() || values[name] == nil {
			continue
		}
		var d caddy.Duration
		if json.Unmarshal(values[name], &d) != nil {
			return fmt.Errorf(`%s %s is not a duration: write a number with a unit, such as "30s", "5m", "12h" or "1d"`, name, values[name])
		}
	}
	return nil
}
