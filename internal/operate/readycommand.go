// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"errors"
	"net/http"

	"github.com/spf13/cobra"
)

func readyCommand() *cobra.Command {
	var flags adminFlags
	cmd := &cobra.Command{
		Use:   "ready [--address <address> | --config <path>]",
		Short: "Reports whether the running edge is ready",
		Long: `
Asks the running edge, through its admin API, whether each of its stores has answered
since it started, and prints the answer. It exits with 1 while one has not, and if the
edge does not answer.

A store that fails later is listed as degraded, and the command exits with 0: the edge
still proxies all other requests. The health check of the container image runs this
command.
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var state struct {
				Ready bool `json:"ready"`
			}
			if err := flags.send(cmd.OutOrStdout(), http.MethodGet, "/token_refresh/ready", nil, &state); err != nil {
				return err
			}
			if !state.Ready {
				return errors.New("the edge does not say that it is ready: is its admin API that of caddyrefresh?")
			}
			return nil
		},
	}
	flags.add(cmd)
	return cmd
}
