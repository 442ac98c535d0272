// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bytes"
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

// send asks the running edge and copies what it says to out.
func (f *adminFlags) send(out io.Writer, method, path string, body []byte) error {
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
	_, err = io.Copy(out, res.Body)
	return err
}

func revokeCommand() *cobra.Command {
	var (
		flags           adminFlags
		name, jti, user string
	)
	cmd := &cobra.Command{
		Use:   "revoke {--jti <jti> | --user <id>} [--name <name>] [--address <address>]",
		Short: "Ends a session, or logs a user out everywhere",
		Long: `
Asks the running edge, by its admin API, to end the session that a refresh token is
of, named by its jti or that of any earlier token of the session, or to void every
refresh token that was issued to a user up to now.

Access tokens that are out stay good until they expire.
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (jti == "") == (user == "") {
				return errors.New("name one token by --jti, or one user by --user")
			}
			request := map[string]string{"name": name}
			if jti != "" {
				request["jti"] = jti
			} else {
				request["user_id"] = user
			}
			body, err := json.Marshal(request)
			if err != nil {
				return err
			}
			return flags.send(cmd.OutOrStdout(), http.MethodPost, "/token_refresh/revoke", body)
		},
	}
	cmd.Flags().StringVar(&jti, "jti", "", "The jti of any token of the session")
	cmd.Flags().StringVar(&user, "user", "", "The user's id")
	cmd.Flags().StringVar(&name, "name", "", "The name of the token_refresh handler")
	flags.add(cmd)
	return cmd
}

func statusCommand() *cobra.Command {
	var flags adminFlags
	cmd := &cobra.Command{
		Use:   "status [--address <address>]",
		Short: "Tells the state of each store of the running edge",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.send(cmd.OutOrStdout(), http.MethodGet, "/token_refresh/status", nil)
		},
	}
	flags.add(cmd)
	return cmd
}
