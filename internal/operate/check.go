// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/caddyrefresh/caddyrefresh/internal/check"
)

func checkCommand() *cobra.Command {
	var c checker
	cmd := &cobra.Command{
		Use:   "check [--config <path>] [--adapter <name>] [--name <name>] [--token {@file | @-}]",
		Short: "Finds what would not work before users meet it",
		Long: `
Loads a configuration as caddy validate does, and asks what it depends on: whether
each site's store answers, holds the tables that it should and grants the rights
that are needed; whether jwk_url answers, and with how many usable keys; whether
the clocks agree.

With a refresh token, from a file or from standard input, it says which key
verifies it, what is wrong with it, and what a client would get. The token of a
login at the backend shows a wrong key or claim before the switch.

Nothing is spent or written, and no token is printed. A file store that a running
edge holds is asked through the admin API of that edge, at the address that the
configuration names unless --address does.

Standard output has one line for each finding: ok, note or wrong. The command exits
with 1 where something is wrong.
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.named = cmd.Flags().Changed("name")
			return c.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVarP(&c.config, "config", "c", "", "The configuration (default: Caddyfile in this directory)")
	cmd.Flags().StringVarP(&c.adapter, "adapter", "a", "", "The adapter of the configuration")
	cmd.Flags().StringVar(&c.address, "address", "", "The address of the running edge's admin API, if it is not the configuration's")
	cmd.Flags().StringVar(&c.name, "name", "", "The name of the token_refresh handlers to look at (default: all)")
	cmd.Flags().StringVar(&c.tokenFlag, "token", "", "A refresh token to look at: @file or @-")
	return cmd
}

// checker holds the flags of the check command.
type checker struct {
	config, adapter, address, name, tokenFlag string
	named                                     bool // --name was given
}

func (c *checker) run(ctx context.Context, in io.Reader, out io.Writer) error {
	token, err := readTokenFlag(c.tokenFlag, in)
	if err != nil {
		return err
	}
	c.config = cmp.Or(c.config, "Caddyfile")
	config, _, _, err := caddycmd.LoadConfig(c.config, c.adapter)
	if err != nil {
		return err
	}
	wrong := 0
	err = whileLoaded(config, func(loaded caddy.Context) error {
		sites, err := c.choose(check.Sites(loaded.GetMetricsRegistry()))
		if err != nil {
			return err
		}
		run := check.Checker{
			Edge:  &runningEdge{adminFlags{address: c.address, config: c.config, adapter: c.adapter}},
			Token: token,
			Now:   time.Now,

			Addresses: check.Addresses(config),
		}
		for _, site := range sites {
			for _, finding := range run.Run(ctx, site) {
				fmt.Fprintln(out, finding)
				if finding.Level == check.Wrong {
					wrong++
				}
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case wrong == 1:
		return errors.New("1 thing is wrong")
	case wrong > 1:
		return fmt.Errorf("%d things are wrong", wrong)
	}
	return nil
}

// choose returns the sites that --name names. It is an error if a token could be for
// more than one.
func (c *checker) choose(sites []*check.Site) ([]*check.Site, error) {
	if c.named {
		sites = slices.DeleteFunc(sites, func(s *check.Site) bool { return s.Name != c.name })
		if len(sites) == 0 {
			return nil, fmt.Errorf("--name %q: no token_refresh of the configuration has this name", c.name)
		}
	}
	if len(sites) == 0 {
		return nil, fmt.Errorf("the configuration has no token_refresh: name another one with --config")
	}
	names := make(map[string]bool)
	for _, s := range sites {
		names[s.Name] = true
	}
	if c.tokenFlag != "" && len(names) > 1 {
		return nil, fmt.Errorf("--token: the configuration has token_refresh handlers of %d names: choose the one that the token is for with --name", len(names))
	}
	return sites, nil
}

const maxTokenInput = 1 << 20

// readTokenFlag returns the token that flag names, nil for none. Its errors do not
// quote the token.
func readTokenFlag(flag string, in io.Reader) ([]byte, error) {
	var source io.Reader
	switch {
	case flag == "":
		return nil, nil
	case flag == "@-":
		source = in
	case flag[0] == '@':
		file, err := os.Open(flag[1:])
		if err != nil {
			return nil, fmt.Errorf("--token: reading the token: %w", err)
		}
		defer file.Close()
		source = file
	default:
		return nil, errors.New("--token takes @file, or @- for standard input: a token on the command line can be seen by other users of the machine")
	}
	token, err := io.ReadAll(io.LimitReader(source, maxTokenInput))
	if err != nil {
		return nil, fmt.Errorf("--token: reading the token: %w", err)
	}
	if token = bytes.TrimSpace(token); len(token) == 0 {
		return nil, errors.New("--token: there is no token in what was given")
	}
	return token, nil
}
