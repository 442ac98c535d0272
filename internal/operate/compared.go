// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

func serveCompared(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, compare.Read())
}

func comparedCommand() *cobra.Command {
	var flags adminFlags
	cmd := &cobra.Command{
		Use:   "compared [--address <address>]",
		Short: "Prints how the backend's answers compare with the edge's during a rollout",
		Long: `
Prints how many answers of the backend were compared with the edge's since the
configuration was loaded, the results, and the last hundred differences, by the
names of what differs. It exits with 1 where an answer differs in a way that no row
of docs/parity.md tells of, and where no rollout runs.
`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var report compare.Report
			if err := flags.send(cmd.OutOrStdout(), http.MethodGet, "/token_refresh/compared", nil, &report); err != nil {
				return err
			}
			return judge(&report)
		},
	}
	flags.add(cmd)
	return cmd
}

// judge returns an error if answers differ, or if none were compared.
func judge(report *compare.Report) error {
	var differ, all uint64
	for _, c := range report.Compared {
		differ += c.Differs
		all += c.Differs + c.Same
		for _, n := range c.Listed {
			all += n
		}
	}
	switch {
	case differ > 0:
		return fmt.Errorf("%d of %d answers differ in a way that docs/parity.md does not list: look at the names in differences", differ, all)
	case all == 0:
		return fmt.Errorf("nothing was compared: write a rollout below 100%%, and wait for requests")
	}
	return nil
}
