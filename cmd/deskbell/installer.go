package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/protocol"
)

// installerCommand is what "deploy" runs.
type installerCommand struct {
	path string
	args []string // with the name that it is called by
	// line is the whole command line as the program is to get it (Windows); ""
	// where it is made of args.
	line string
	// feeds tells that it prints zenity's progress protocol, and nothing else.
	feeds bool
}

// installerOf is what stands after --.
func installerOf(args []string) (installerCommand, error) {
	path, err := lookUp(args[0])
	if err != nil {
		return installerCommand{}, err
	}
	line, err := lineOf(args)
	return installerCommand{path: path, args: args, line: line}, err
}

// msiPackage is what --msi, --msi-property and --mst say.
type msiPackage struct {
	file       string
	properties []string
	transforms []string
}

// line is the command line for msiexec.
func (p msiPackage) line(log string) (string, error) {
	properties, err := p.propertyLine()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `msiexec.exe /i "%s"`, p.file)
	if properties != "" {
		b.WriteString(" " + properties)
	}
	b.WriteString(" /qn /norestart")
	if log != "" {
		fmt.Fprintf(&b, ` /l*v "%s"`, log)
	}
	return b.String(), nil
}

// propertyLine is what Windows Installer is given, which takes no other quotes than
// these: around a value, and doubled in it.
func (p msiPackage) propertyLine() (string, error) {
	var words []string
	if len(p.transforms) > 0 {
		words = append(words, fmt.Sprintf(`TRANSFORMS="%s"`, strings.Join(p.transforms, ";")))
	}
	for _, property := range p.properties {
		name, value, ok := strings.Cut(property, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t\"") {
			return "", &usageError{problem: fmt.Sprintf("--msi-property: %q is not NAME=VALUE", property)}
		}
		words = append(words, fmt.Sprintf(`%s="%s"`, name, strings.ReplaceAll(value, `"`, `""`)))
	}
	return strings.Join(words, " "), nil
}

// runInstaller runs it to its end; a cancelled context ends it. What it prints
// goes to output, where there is one, else to our stderr, and with feed it is
// zenity's progress protocol for the bar, too.
func (c *call) runInstaller(ctx context.Context, i installerCommand, output *os.File, bar deploy.Bar, feed bool) (int, error) {
	command := exec.Command(i.path)
	command.Args = i.args
	command.Stdin = nil
	var printed io.Writer = c.stderr
	if output != nil {
		printed = output
	}
	command.Stdout, command.Stderr = printed, printed
	if i.feeds { // into its log Windows Installer writes by itself
		command.Stdout, command.Stderr, printed = nil, c.stderr, io.Discard
	}
	if (feed || i.feeds) && bar != nil {
		command.Stdout = &feeder{to: printed, bar: bar, log: c.log()}
		// What it leaves running may keep its output open, and is not waited for.
		command.WaitDelay = outputDelay
	}
	as(command, i.line)
	r, err := startGroup(command)
	if err != nil {
		return 0, err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		err := r.end()
		<-r.done
		return 0, errors.Join(context.Cause(ctx), err)
	}
	return r.status()
}

// outputDelay is how long an installer that has ended may still be printing.
const outputDelay = 2 * time.Second

// feeder passes on what is written to it, and puts what lines of zenity's protocol
// say on a bar.
type feeder struct {
	to   io.Writer
	bar  deploy.Bar
	log  *slog.Logger
	line []byte // what there is of one
}

func (f *feeder) Write(p []byte) (int, error) {
	for _, b := range p {
		switch {
		case b != '\n' && len(f.line) < protocol.MaxField:
			f.line = append(f.line, b)
		case b == '\n':
			if change := parseProgress(string(f.line)); change != nil {
				err := f.bar.Update(func(m *protocol.Message) {
					change(m)
					m.Percent = min(m.Percent, 99) // it is closed when the installer has ended
				})
				if err != nil { // no reason for the installer to fail
					f.log.Warn("feed the progress bar", "err", err)
				}
			}
			f.line = f.line[:0]
		}
	}
	return f.to.Write(p)
}
