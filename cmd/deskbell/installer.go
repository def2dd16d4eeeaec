package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

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
}

// installerOf is what stands after --.
func installerOf(args []string) (installerCommand, error) {
	path, err := lookUp(args[0])
	if err != nil {
		return installerCommand{}, err
	}
	return installerCommand{path: path, args: args, line: rawLine()}, nil
}

// msiPackage is what --msi, --msi-property and --mst say.
type msiPackage struct {
	file       string
	properties []string
	transforms []string
}

// line is the command line for msiexec, which takes no other quotes than these:
// around a value, and doubled in it.
func (p msiPackage) line(log string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `msiexec.exe /i "%s"`, p.file)
	if len(p.transforms) > 0 {
		fmt.Fprintf(&b, ` TRANSFORMS="%s"`, strings.Join(p.transforms, ";"))
	}
	for _, property := range p.properties {
		name, value, ok := strings.Cut(property, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t\"") {
			return "", &usageError{problem: fmt.Sprintf("--msi-property: %q is not NAME=VALUE", property)}
		}
		fmt.Fprintf(&b, ` %s="%s"`, name, strings.ReplaceAll(value, `"`, `""`))
	}
	b.WriteString(" /qn /norestart")
	if log != "" {
		fmt.Fprintf(&b, ` /l*v "%s"`, log)
	}
	return b.String(), nil
}

// tailOf is what stands after the first " -- " of a command line that is not in
// quotes, as Windows passes it: as it was written, quotes and all.
func tailOf(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(line[i:], " -- "):
			return strings.TrimLeft(line[i+4:], " \t")
		}
	}
	return ""
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
	var fed sync.WaitGroup
	if feed && bar != nil {
		read, write, err := os.Pipe()
		if err != nil {
			return 0, &commandError{ours, err}
		}
		defer write.Close()
		command.Stdout = write
		fed.Go(func() {
			defer read.Close()
			if err := feedBar(io.TeeReader(read, printed), bar); err != nil {
				c.log().Warn("feed the progress bar", "err", err)
			}
		})
		defer fed.Wait()
		defer write.Close()
	}
	as(command, i.line)
	r := &running{command: command, done: make(chan struct{})}
	if err := r.group.start(command); err != nil {
		return 0, &commandError{notRunnable, err}
	}
	go func() {
		defer close(r.done)
		r.err = errors.Join(command.Wait(), r.group.close())
	}()
	select {
	case <-r.done:
	case <-ctx.Done():
		err := r.end()
		<-r.done
		return 0, errors.Join(context.Cause(ctx), err)
	}
	return r.status()
}

// feedBar puts what lines of zenity's protocol say on the bar.
func feedBar(lines io.Reader, bar deploy.Bar) error {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, protocol.MaxField)
	for scanner.Scan() {
		change := parseProgress(scanner.Text())
		if change == nil {
			continue
		}
		err := bar.Update(func(m *protocol.Message) {
			change(m)
			m.Percent = min(m.Percent, 99) // it is closed when the installer has ended
		})
		if err != nil {
			return errors.Join(err, drain(lines))
		}
	}
	return errors.Join(scanner.Err(), drain(lines))
}

// drain reads the rest, so that who writes it is not kept.
func drain(lines io.Reader) error {
	_, err := io.Copy(io.Discard, lines)
	return err
}
