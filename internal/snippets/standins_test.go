// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

// standIns are the programs that commands of the pages may call, each of which is
// this test's binary under another name. One returns an error where the arguments
// would not work.
var standIns = map[string]func(args []string) error{
	"apt-get":      packaged,
	"bench":        func(args []string) error { return benchFlags(args) },
	"caddyrefresh": caddyBinary,
	"curl":         curl,
	"git":          git,
	"install":      packaged,
	"go":           goCommand,
	"make":         makeCommand,
	"openssl":      func([]string) error { return runElsewhere("docs/keys.md", "internal/conformance/keysdoc_test.go") },
	"python":       python,
	"run":          func([]string) error { return exists(".ci/run") },
	"setpriv":      packaged,
	"systemctl":    packaged,
	"xcaddy":       xcaddy,
}

func TestMain(m *testing.M) {
	standIn := standIns[filepath.Base(os.Args[0])]
	if standIn == nil {
		os.Exit(m.Run())
	}
	err := environment()
	if err == nil {
		err = standIn(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0])+":", err)
		os.Exit(1)
	}
}

// at names a file of the module to a stand-in.
func at(name string) string { return filepath.Join(os.Getenv("SNIPPETS_ROOT"), name) }

func exists(name string) error {
	_, err := os.Stat(at(name))
	return err
}

// environment wants each variable that a command sets to be one that code reads.
func environment() error {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "SNIPPETS_") || slices.Contains(strings.Fields("PATH HOME PWD OLDPWD SHLVL _ XDG_DATA_HOME XDG_CONFIG_HOME CADDY_ADMIN DJANGO_SECRET_KEY GORACE"), name) {
			continue
		}
		if found, err := inSources(name); err != nil || !found {
			return fmt.Errorf("nothing reads the variable %s: %v", name, err)
		}
	}
	return nil
}

// inSources reports whether Go code or the Makefile has the word.
func inSources(word string) (found bool, err error) {
	pattern := regexp.MustCompile(`\b` + word + `\b`)
	err = eachFile(".", func(name string, text []byte) {
		found = found || pattern.Match(text)
	})
	return found, err
}

// eachFile calls f for the Makefile and each Go file below a folder, other than those
// of this package.
func eachFile(folder string, f func(name string, text []byte)) error {
	return filepath.WalkDir(at(folder), func(name string, entry os.DirEntry, err error) error {
		switch base := filepath.Base(name); {
		case err != nil:
			return err
		case entry.IsDir() && name != at(".") && (name == at("internal/snippets") || name == at("bin") || strings.HasPrefix(base, ".")):
			return filepath.SkipDir
		case entry.IsDir() || base != "Makefile" && !strings.HasSuffix(base, ".go"):
			return nil
		}
		text, err := os.ReadFile(name)
		f(name, text)
		return err
	})
}

// caddyBinary is what xcaddy builds. token-refresh, which prints its help and succeeds where
// it does not know a command, is asked first.
func caddyBinary(args []string) error {
	if len(args) > 0 && args[0] == "token-refresh" {
		parent := &cobra.Command{Use: args[0]}
		caddycmd.Commands()[args[0]].CobraFunc(parent)
		if found, _, err := parent.Find(args[1:]); err != nil || found == parent {
			return fmt.Errorf("%q is no command: %v", args, err)
		}
	}
	caddycmd.Main()
	return nil
}

// makeCommand wants targets and variables of the Makefile.
func makeCommand(args []string) error {
	makefile, err := os.ReadFile(at("Makefile"))
	if err != nil {
		return err
	}
	for _, arg := range args {
		name, value, variable := strings.Cut(arg, "=")
		pattern := `(?m)^` + regexp.QuoteMeta(arg) + `:`
		if variable {
			pattern = `(?m)^` + regexp.QuoteMeta(name) + ` \?=`
		}
		if !regexp.MustCompile(pattern).Match(makefile) {
			return fmt.Errorf("the Makefile has no %s", arg)
		}
		if name == "BENCHFLAGS" {
			if err := benchFlags(strings.Fields(value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// benchFlags wants flags of internal/benchmarks, and of -only one of its parts.
func benchFlags(args []string) error {
	if err := declared("internal/benchmarks", args); err != nil {
		return err
	}
	source, err := os.ReadFile(at("internal/benchmarks/main.go"))
	if err != nil {
		return err
	}
	if i := slices.Index(args, "-only"); i >= 0 {
		_, parts, _ := bytes.Cut(source, []byte("run one part: "))
		parts, _, _ = bytes.Cut(parts, []byte(`"`))
		if !slices.Contains(regexp.MustCompile(`,? (or )?|, `).Split(string(parts), -1), args[i+1]) {
			return fmt.Errorf("the parts are %s: there is no %s", parts, args[i+1])
		}
	}
	return nil
}

// declared wants each flag among the arguments to be one of the program in folder.
func declared(folder string, args []string) error {
	sources, err := filepath.Glob(at(folder + "/*.go"))
	if err != nil {
		return err
	}
	var all []byte
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		all = append(all, text...)
	}
	if !bytes.Contains(all, []byte("\npackage main\n")) {
		return fmt.Errorf("%s is no program", folder)
	}
	for _, arg := range args {
		if name, is := strings.CutPrefix(arg, "-"); is && !regexp.MustCompile(`flag\.\w+\((&[\w.]+, )?"`+regexp.QuoteMeta(name)+`"`).Match(all) {
			return fmt.Errorf("%s has no flag %s", folder, arg)
		}
	}
	return nil
}

// xcaddy wants the Caddy of go.mod, and packages that are there.
func xcaddy(args []string) error {
	flags := pflag.NewFlagSet("xcaddy", pflag.ContinueOnError)
	with := flags.StringArray("with", nil, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	modules, err := os.ReadFile(at("go.mod"))
	if err != nil {
		return err
	}
	if flags.Arg(0) != "build" || flags.NArg() > 2 {
		return fmt.Errorf("the arguments are %q", flags.Args())
	}
	if version := flags.Arg(1); version != "" && !bytes.Contains(modules, []byte("github.com/caddyserver/caddy/v2 "+version+"\n")) {
		return fmt.Errorf("go.mod has another Caddy than %s", version)
	}
	for _, module := range *with {
		folder, ours := strings.CutPrefix(module, "github.com/caddyrefresh/caddyrefresh")
		if found, err := filepath.Glob(at(folder + "/*.go")); ours && (err != nil || len(found) == 0) || !ours && module != "example.com/yours" {
			return fmt.Errorf("there is no %s", module)
		}
	}
	return nil
}

// curl sends a request to the edge, in place of api.example.com, or to its admin API,
// and prints the answer.
func curl(args []string) error {
	flags := pflag.NewFlagSet("curl", pflag.ContinueOnError)
	flags.BoolP("silent", "s", false, "")
	headers := flags.StringArrayP("header", "H", nil, "")
	body := flags.StringP("data", "d", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	url := strings.NewReplacer(
		"https://api.example.com", "http://"+os.Getenv("SNIPPETS_EDGE"), "localhost:2019", "http://"+os.Getenv("CADDY_ADMIN"),
		"seconds=10", "seconds=1",
	).Replace(flags.Arg(0))
	method := http.MethodGet
	if *body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, url, strings.NewReader(*body))
	if err != nil {
		return err
	}
	for _, header := range *headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	_, err = io.Copy(os.Stdout, res.Body)
	return err
}

// python is a Django project: it prints its facts when it is given the script.
func python(args []string) error {
	if len(args) != 6 || strings.Join(args[:5], " ") != "manage.py shell -v 0 -c" || args[5] != strings.TrimRight(importing.Script, "\n") {
		return fmt.Errorf("%.60q is not what a project is asked for its facts with", args)
	}
	text, err := os.ReadFile(at(facts))
	fmt.Print(string(text))
	return err
}

func git(args []string) error {
	if args[0] != "diff" || len(args) == 3 && args[1] != "--stat" {
		return fmt.Errorf("%q is unknown", args)
	}
	return exists(args[len(args)-1])
}

// packaged is a command for the installed package.
func packaged([]string) error { return runElsewhere("docs/operate.md", "packaging/page_test.go") }

// runElsewhere wants the page to be one whose commands a test runs live.
func runElsewhere(page, test string) error {
	text, err := os.ReadFile(at(test))
	if err != nil {
		return err
	}
	if os.Getenv("SNIPPETS_PAGE") != page || !bytes.Contains(text, []byte(`"`+filepath.Base(page)+`"`)) {
		return fmt.Errorf("no test runs this: %s runs the commands of %s", test, page)
	}
	return nil
}
