// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "token-refresh",
		Short: "Tools for the token_refresh handler",
		CobraFunc: func(cmd *cobra.Command) {
			cmd.AddCommand(checkCommand(), comparedCommand(), importCommand(), mintCommand(), readyCommand(), revokeCommand(), statusCommand())
		},
	})
}

func mintCommand() *cobra.Command {
	var m minter
	cmd := &cobra.Command{
		Use:   "mint --signing-key <key> [--algorithm <name>] [--claim <name>=<value>]... [--lifetime <duration>]",
		Short: "Mints a refresh token for trying things out",
		Long: `
Prints a refresh token such as SimpleJWT hands out at a login, and nothing else.

The signing key is the value itself, @file for the contents of a file, or @- for
standard input; a trailing newline is cut off. A value on the command line can be
seen by other users of the machine.

A claim's value is JSON where it parses as JSON, else a string:

	caddyrefresh token-refresh mint --signing-key @secret.txt --claim user_id=1 --claim role=admin
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return m.run(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&m.signingKey, "signing-key", "", "The key: a value, @file or @- (required)")
	cmd.Flags().StringVar(&m.algorithm, "algorithm", simplejwt.DefaultAlgorithm, "The algorithm of the key")
	cmd.Flags().StringArrayVar(&m.claims, "claim", nil, "A claim, as name=value; repeatable")
	cmd.Flags().StringVar(&m.lifetime, "lifetime", "1d", "How long the token lives, as a duration")
	return cmd
}

// minter holds the flags of the mint command.
type minter struct {
	signingKey, algorithm, lifetime string
	claims                          []string
}

func (m *minter) run(in io.Reader, out io.Writer) error {
	secret, err := readKeyFlag(m.signingKey, in)
	if err != nil {
		return err
	}
	// A short key is good enough for trying things out.
	key, err := simplejwt.NewKey(m.algorithm, secret, true)
	if err != nil {
		return fmt.Errorf("--signing-key: %w", err)
	}
	lifetime, err := caddy.ParseDuration(m.lifetime)
	if err != nil {
		return fmt.Errorf("--lifetime %q is not a duration: write a number with a unit, such as 90s, 5m or 1d", m.lifetime)
	}
	claims, err := parseClaimFlags(m.claims)
	if err != nil {
		return err
	}
	backend, err := simplejwt.New(&simplejwt.Config{
		Release:              release.MustFind(release.Versions{}),
		SigningKey:           key,
		RefreshTokenLifetime: lifetime,
		UserIDClaim:          simplejwt.DefaultUserIDClaim,
		TokenTypeClaim:       simplejwt.DefaultTokenTypeClaim,
		JTIClaim:             simplejwt.DefaultJTIClaim,
	})
	if err != nil {
		return err
	}
	token, err := backend.NewRefreshToken(claims, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, token)
	return err
}

// readKeyFlag returns the key that flag names. Its errors do not hold the key.
func readKeyFlag(flag string, in io.Reader) ([]byte, error) {
	var (
		key []byte
		err error
	)
	switch file, named := strings.CutPrefix(flag, "@"); {
	case flag == "":
		return nil, fmt.Errorf("--signing-key is missing: give the value, @file or @- for standard input")
	case !named:
		return []byte(flag), nil
	case file == "-":
		key, err = io.ReadAll(in)
	default:
		key, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("--signing-key: reading the key: %w", err)
	}
	return []byte(strings.TrimSuffix(strings.TrimSuffix(string(key), "\n"), "\r")), nil
}

// parseClaimFlags takes each value as JSON if it is valid JSON, else as a string.
func parseClaimFlags(flags []string) ([]simplejwt.Claim, error) {
	claims := make([]simplejwt.Claim, 0, len(flags))
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		if !ok || name == "" || !utf8.ValidString(flag) {
			return nil, fmt.Errorf("--claim %q is not a claim: write name=value in UTF-8", flag)
		}
		raw, err := pyjson.Value([]byte(value), pyjson.Strict)
		if err != nil {
			raw = pyjson.AppendQuote(nil, value)
		}
		claims = append(claims, simplejwt.Claim{Name: name, Value: raw})
	}
	return claims, nil
}
