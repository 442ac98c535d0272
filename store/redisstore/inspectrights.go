// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"

	"github.com/redis/rueidis"
)

// permission is a command that the store runs, itself or in a script.
type permission struct {
	name string
	args []string // with these it changes nothing, on a key that does not exist
}

// permissions are what docs/stores.md tells an operator to grant.
func permissions(key string) []permission {
	return []permission{
		{"eval", []string{"return 1", "1", key}},
		{"evalsha", []string{strings.Repeat("0", 40), "1", key}},
		{"get", []string{key}},
		{"getex", []string{key}},
		{"set", []string{key, "1", "XX"}},
		{"del", []string{key}},
		{"pttl", []string{key}},
		{"time", nil},
		{"ping", nil},
	}
}

// rights asks a server what the user may do. If the user may not ask, the commands
// themselves are called so that they change nothing: on a key that does not exist,
// and with SET only if it exists.
func (i *inspection) rights(ctx context.Context, address string, node rueidis.Client) error {
	user := cmp.Or(i.s.resource.link.Username, "default")
	key := i.s.layoutKey(layoutSlots[0]) + ":" + rand.Text()
	var missing []string
	keys := false
	for _, p := range permissions(key) {
		refusal, err := dryRun(ctx, node, user, p)
		if isRefusal(err, "NOPERM") || isRefusal(err, "unknown") || isRefusal(err, "Unknown") {
			refusal, err = i.harmless(ctx, p)
		}
		switch {
		case err != nil:
			return err
		case refusal == "":
		case strings.Contains(refusal, "key") && !strings.Contains(refusal, "command"):
			keys = true
		default:
			missing = append(missing, "+"+p.name)
		}
	}
	if keys {
		missing = append([]string{"~" + i.s.prefix + ":*"}, missing...)
	}
	if len(missing) > 0 {
		i.fault("the user %s lacks rights on %s: run ACL SETUSER %s %s there", user, address, user, strings.Join(missing, " "))
	}
	return nil
}

// dryRun returns the reason for which a command would be refused, or "".
func dryRun(ctx context.Context, node rueidis.Client, user string, p permission) (string, error) {
	said, err := node.Do(ctx, node.B().AclDryrun().Username(user).Command(p.name).Arg(p.args...).Build()).ToString()
	if err != nil || said == "OK" {
		return "", err
	}
	return said, nil
}

// harmless runs a command that changes nothing. Redis checks the rights before
// anything else. In a cluster the client finds the node of the key.
func (i *inspection) harmless(ctx context.Context, p permission) (string, error) {
	command := i.client.B().Arbitrary(p.name)
	for at, arg := range p.args {
		if i.keyAt(p, at) {
			command = command.Keys(arg)
		} else {
			command = command.Args(arg)
		}
	}
	err := i.client.Do(ctx, command.Build()).Error()
	e, ok := rueidis.IsRedisErr(err)
	switch {
	case err == nil, rueidis.IsRedisNil(err), ok && e.IsNoScript():
		return "", nil
	case isRefusal(err, "NOPERM"):
		return e.Error(), nil
	}
	return "", err
}

// keyAt reports whether an argument is the key.
func (*inspection) keyAt(p permission, at int) bool {
	return at == len(p.args)-1 && strings.HasPrefix(p.name, "eval") || at == 0 && !strings.HasPrefix(p.name, "eval")
}
