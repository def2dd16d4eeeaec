package main

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/text/language"
)

// word is a flag with a fixed set of words.
type word struct {
	to    *string
	words []string
}

func (w *word) String() string { return *w.to }
func (w *word) Type() string   { return strings.Join(w.words, "|") }
func (w *word) Set(s string) error {
	if err := oneOf(s, w.words); err != nil {
		return err
	}
	*w.to = s
	return nil
}

func oneOf(s string, words []string) error {
	for _, w := range words {
		if s == w {
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s", s, strings.Join(words, ", "))
}

// duration is a flag that takes what parseDuration does.
type duration struct{ to *time.Duration }

func (d duration) String() string {
	if *d.to == 0 {
		return ""
	}
	return d.to.String()
}
func (d duration) Type() string { return "duration" }
func (d duration) Set(s string) (err error) {
	*d.to, err = parseDuration(s)
	return err
}

var longUnit = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)([dw])`)

// parseDuration reads Go's durations with d and w besides; a bare number is
// seconds.
func parseDuration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no length of time like 90, 5m, 1h30m, 2d or 1w", s)
	if seconds, err := strconv.ParseFloat(s, 64); err == nil {
		return inSeconds(seconds, wrong)
	}
	if s == "" {
		return 0, wrong
	}
	total, rest := 0.0, s
	for {
		match := longUnit.FindStringSubmatch(rest)
		if match == nil {
			break
		}
		n, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			return 0, wrong
		}
		days := map[string]float64{"d": 1, "w": 7}[match[2]]
		total += n * days * (24 * time.Hour).Seconds()
		rest = rest[len(match[0]):]
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return 0, wrong
		}
		total += d.Seconds()
	}
	return inSeconds(total, wrong)
}

func inSeconds(seconds float64, wrong error) (time.Duration, error) {
	if !(seconds >= 0 && seconds <= math.MaxInt64/2e9) {
		return 0, wrong
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// prepareFlags makes flags for the languages that args name (--text.de), and
// refuses a value that is the name of a flag, as it is what is left of a line
// whose empty argument a shell has dropped.
func prepareFlags(command *cobra.Command, args []string) error {
	command.InheritedFlags() // merges the root's flags into the command's
	flags := command.Flags()
	for _, arg := range args {
		name, isFlag := strings.CutPrefix(arg, "--")
		if name, _, _ = strings.Cut(name, "="); name == "" && isFlag {
			break
		}
		base, tag, dotted := strings.Cut(name, ".")
		if !isFlag || !dotted || flags.Lookup(name) != nil {
			continue
		}
		plain := flags.Lookup(base)
		if plain == nil {
			continue
		}
		value, ok := plain.Value.(*fieldValue)
		if !ok || !value.field.Localised {
			return &usageError{problem: fmt.Sprintf("--%s: --%s comes in one language only", name, base)}
		}
		if _, err := language.Parse(tag); err != nil {
			return &usageError{problem: fmt.Sprintf("--%s: %q is no language", name, tag), hint: "a language is a BCP 47 tag like de or pt-BR"}
		}
		variant := *value
		variant.name += "." + tag
		flags.Var(&variant, name, plain.Usage+" in "+tag)
	}
	return checkValues(flags, args)
}

func checkValues(flags *pflag.FlagSet, args []string) error {
	for i := 0; i+1 < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "--")
		if isFlag && name == "" {
			return nil
		}
		flag := flags.Lookup(name)
		if !isFlag || flag == nil || flag.NoOptDefVal != "" {
			continue
		}
		i++
		next, isFlag := strings.CutPrefix(args[i], "--")
		if next, _, _ = strings.Cut(next, "="); isFlag && (next == "" || flags.Lookup(next) != nil) {
			return &usageError{
				problem: fmt.Sprintf("--%s has no value: %q is a flag", name, args[i]),
				hint:    fmt.Sprintf("an empty value is --%s=, one that looks like a flag --%s=VALUE; PowerShell drops empty arguments", name, name),
			}
		}
	}
	return nil
}

// flagError tells which flag was meant by one that is not there.
func flagError(command *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	e := &usageError{problem: err.Error()}
	var (
		wrong   *pflag.InvalidValueError
		missing *pflag.ValueRequiredError
		unknown *pflag.NotExistError
	)
	switch {
	case errors.As(err, &wrong):
		e.problem = fmt.Sprintf("--%s: %v", wrong.GetFlag().Name, wrong.Unwrap())
		return e
	case errors.As(err, &missing):
		e.problem = fmt.Sprintf("--%s has no value", missing.GetSpecifiedName())
		return e
	case !errors.As(err, &unknown):
		return e
	}
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		e.problem = fmt.Sprintf("-%s is no flag", unknown.GetSpecifiedShortnames())
		e.hint = "a text that begins with a dash comes after --"
		name = unknown.GetSpecifiedShortnames()
	} else {
		e.problem = fmt.Sprintf("--%s is no flag of %s", name, command.Name())
		e.hint = fmt.Sprintf("deskbell %s --help lists them", command.Name())
	}
	var names []string
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := nearest(name, names); near != "" {
		e.hint = "did you mean --" + near + "?"
	}
	return e
}

// nearest returns the name most like the one given, "" when none is like it.
func nearest(name string, names []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, candidate := range names {
		d := distance(strings.ToLower(name), candidate)
		if strings.HasPrefix(candidate, strings.ToLower(name)) && len(name) > 2 {
			d = min(d, 1)
		}
		if d < least && d < len(candidate) {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of letters to change, add, drop or swap with their
// neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// complete offers words for a flag.
func complete(command *cobra.Command, flag string, words []string) {
	err := command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is not there, or was given words twice
	}
}
