// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

func importCommand() *cobra.Command {
	var (
		options importing.Options
		script  bool
		check   string
	)
	cmd := &cobra.Command{
		Use:   "import {--script | [--check <Caddyfile>] [--name <name>] [--address <site>] [--backend <host:port>] <facts>}",
		Short: "Makes the configuration of an edge from a Django project",
		Long: `
Writes the site of a Django project to standard output, and a report to standard
error: what carries over, what differs, and what has to stay with Django. The facts
come from a script that runs in the project:

	python manage.py shell -v 0 -c "$(caddyrefresh token-refresh import --script)" > facts.txt
	caddyrefresh token-refresh import facts.txt > token_refresh.caddyfile

The script connects to nothing, and prints no key and no password. It exits with 1,
and writes no site, where the refresh endpoint has to stay with Django.

With --check it compares the facts with the handler of a configuration, in the
backend's CI, and exits with 1 where somebody changed a setting that the edge does
not know of. It does not look at keys, hosts and databases, which differ there. Of
several handlers --name picks one.

The facts are a file, or - for standard input.
`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if script {
				_, err := io.WriteString(cmd.OutOrStdout(), importing.Script)
				return err
			}
			if len(args) == 0 {
				return errors.New("the facts are missing: name the file that has what the script printed, or write --script for the script")
			}
			facts, err := readFacts(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			if check != "" {
				return checkImport(cmd.OutOrStdout(), facts, check, options.Name)
			}
			return writeImport(cmd.OutOrStdout(), cmd.ErrOrStderr(), facts, options)
		},
	}
	cmd.Flags().BoolVar(&script, "script", false, "Print the script that runs in the project")
	cmd.Flags().StringVar(&check, "check", "", "The configuration to compare the facts with: a Caddyfile, or JSON in a file that ends in .json")
	cmd.Flags().StringVar(&options.Name, "name", "", "The name of the token_refresh handler")
	cmd.Flags().StringVar(&options.Address, "address", "", "The address of the site (default: the first of ALLOWED_HOSTS)")
	cmd.Flags().StringVar(&options.Backend, "backend", "", "Where Django listens (default: 127.0.0.1:8000)")
	return cmd
}

func readFacts(name string, stdin io.Reader) (*importing.Facts, error) {
	if name == "-" {
		return importing.Read(stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the facts: %w", err)
	}
	defer file.Close()
	return importing.Read(file)
}

func writeImport(out, report io.Writer, facts *importing.Facts, options importing.Options) error {
	verdict := importing.Judge(facts, options)
	fmt.Fprint(report, verdict.String())
	if verdict.Site == "" {
		return fmt.Errorf("the refresh endpoint has to stay with Django, for %d of the reasons above", len(verdict.Stays))
	}
	if err := verdict.ReadBack(); err != nil {
		return err
	}
	_, err := io.WriteString(out, verdict.Site)
	return err
}

// checkImport compares the facts with the handler of that name, or with the only
// one.
func checkImport(out io.Writer, facts *importing.Facts, file, name string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("--check: %w", err)
	}
	adapter := "caddyfile"
	if filepath.Ext(file) == ".json" {
		adapter = ""
	}
	config, err := importing.Adapt(adapter, text)
	if err != nil {
		return fmt.Errorf("--check: %w", err)
	}
	var (
		found []map[string]any
		names []string
	)
	for _, handler := range importing.Handlers(config) {
		have, _ := handler["name"].(string)
		names = append(names, cmp.Or(have, "(none)"))
		if name == "" || have == name {
			found = append(found, handler)
		}
	}
	verdict := importing.Judge(facts, importing.Options{})
	if len(found) != 1 && len(found) != verdict.Blocks() {
		return fmt.Errorf("--check: %d token_refresh handlers of %s fit, want 1: pick one by --name; their names are %s", len(found), file, strings.Join(names, ", "))
	}
	var wrong []string
	for _, handler := range found {
		wrong = append(wrong, verdict.Check(handler)...)
	}
	for _, sentence := range wrong {
		fmt.Fprintln(out, sentence)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s does not fit the project: see the lines above", file)
	}
	return nil
}
