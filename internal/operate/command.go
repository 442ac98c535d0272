// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// adminFlags say where the admin API is.
type adminFlags struct{ address, config, adapter string }

func (f *adminFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.address, "address", "", "The address of the admin API, if it is not the default")
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "The configuration to read that address from")
	cmd.Flags().StringVarP(&f.adapter, "adapter", "a", "", "The adapter of that configuration")
}

// send sends a request to the running edge, and copies the answer to out and into answer.
func (f *adminFlags) send(out io.Writer, method, path string, body []byte, answer any) error {
	address, err := caddycmd.DetermineAdminAPIAddress(f.address, nil, f.config, f.adapter)
	if err != nil {
		return fmt.Errorf("finding the admin API: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	res, err := caddycmd.AdminAPIRequest(address, method, path, header, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("asking the edge at %s: %w", address, err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("reading the answer of the edge at %s: %w", address, err)
	}
	if _, err := out.Write(said); err != nil {
		return err
	}
	if err := json.Unmarshal(said, answer); err != nil {
		return fmt.Errorf("the answer of the edge at %s does not fit this version of the command: %w", address, err)
	}
	return nil
}

func revokeCommand() *cobra.Command {
	var (
		flags           adminFlags
		name, jti, user string
		force           bool
	)
	cmd := &cobra.Command{
		Use:   "revoke {--jti <jti> | --user <id> [--force]} [--name <name>] [--address <address>]",
		Short: "Ends a session, or logs a user out everywhere",
		Long: `
Asks the running edge, through its admin API, to revoke refresh tokens: those of one
session, named by the jti of any of its tokens, or all that a user has got until now.

The tokens of a user are revoked by their iat. The command therefore waits 2 to 5
seconds, until the clocks of the edge and of its store are past the cut-off; a login
after it has returned is not revoked. It fails if the two clocks differ by more than
2 s. With --force the cut-off uses the store's clock alone, and misses tokens of
machines whose clock is ahead of it. The django store needs no clock: it revokes the
tokens that it has.

Access tokens stay good until they expire.
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (jti == "") == (user == "") {
				return errors.New("name one token by --jti, or one user by --user")
			}
			request := map[string]any{"name": name}
			if jti != "" {
				request["jti"] = jti
			} else {
				request["user_id"] = user
			}
			if force {
				request["force"] = true
			}
			body, err := json.Marshal(request)
			if err != nil {
				return err
			}
			var revoked []revokedIn
			if err := flags.send(cmd.OutOrStdout(), http.MethodPost, "/token_refresh/revoke", body, &revoked); err != nil {
				return err
			}
			for _, r := range revoked {
				for _, note := range r.Notes {
					fmt.Fprintf(cmd.ErrOrStderr(), "store %s: %s\n", r.Store, note)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&jti, "jti", "", "The jti of any token of the session")
	cmd.Flags().StringVar(&user, "user", "", "The user's id")
	cmd.Flags().BoolVar(&force, "force", false, "Use the store's clock, however far the edge's is from it")
	cmd.Flags().StringVar(&name, "name", "", "The name of the token_refresh handler")
	flags.add(cmd)
	return cmd
}

func statusCommand() *cobra.Command {
	var flags adminFlags
	cmd := &cobra.Command{
		Use:   "status [--address <address>]",
		Short: "Prints the state of each store of the running edge",
		Long: `
Prints the state of each store of the running edge. It exits with 1 while one of
them cannot spend tokens, because it is down, full or cannot be written.
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var states []storeStatus
			if err := flags.send(cmd.OutOrStdout(), http.MethodGet, "/token_refresh/status", nil, &states); err != nil {
				return err
			}
			var down []error
			for _, s := range states {
				if !s.Up {
					down = append(down, fmt.Errorf("store %s of the name %q cannot spend tokens: %s",
						s.Store, s.Name, cmp.Or(s.LastError, "it does not answer")))
				}
			}
			return errors.Join(down...)
		},
	}
	flags.add(cmd)
	return cmd
}
