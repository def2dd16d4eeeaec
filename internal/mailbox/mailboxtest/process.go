package mailboxtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// Contend is the other side of RunProcesses: it claims each id that it reads
// from in and says on out whether it won, until in ends. Of the processes of
// the tests only those of this system and the dead one are known.
func Contend(s mailbox.Store, in io.Reader, out io.Writer) error {
	self, err := process.Self()
	if err != nil {
		return err
	}
	b, err := mailbox.New(s, mailbox.Options{Self: self, Running: func(id process.ID) bool {
		return id != dead && id.Running()
	}})
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		switch err := b.Claim(lines.Text(), protocol.Reply{}); {
		case err == nil:
			fmt.Fprintln(out, "won")
		case errors.Is(err, mailbox.ErrClaimed):
			fmt.Fprintln(out, "lost")
		default:
			fmt.Fprintln(out, err)
		}
	}
	return nil
}

// RunProcesses has processes of their own claim messages and take void claims
// over, in the mailbox of s. command starts one that calls Contend.
func RunProcesses(t *testing.T, s mailbox.Store, command func() *exec.Cmd) {
	t.Run("claim: one of 50 processes", func(t *testing.T) {
		c := start(t, command, 50)
		for round := range 5 {
			c.race(t, fmt.Sprintf("c%d", round))
		}
	})
	t.Run("take-over: one of 4 processes", func(t *testing.T) {
		c := start(t, command, 4)
		corpse := open(t, s, dead)
		for round := range Rounds / 4 {
			id := fmt.Sprintf("t%d", round)
			check(t, corpse.Claim(id, protocol.Reply{}))
			c.race(t, id)
			check(t, s.Remove(mailbox.Outbox, id))
		}
	})
}

// contenders are running processes and the pipes to them.
type contenders struct {
	ins  []io.Writer
	outs []*bufio.Scanner
}

func start(t *testing.T, command func() *exec.Cmd, n int) *contenders {
	t.Helper()
	c := &contenders{}
	for range n {
		cmd := command()
		in, err := cmd.StdinPipe()
		check(t, err)
		out, err := cmd.StdoutPipe()
		check(t, err)
		check(t, cmd.Start())
		t.Cleanup(func() {
			check(t, in.Close())
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
		c.ins = append(c.ins, in)
		c.outs = append(c.outs, bufio.NewScanner(out))
	}
	return c
}

// race has all claim an id; one has to win.
func (c *contenders) race(t *testing.T, id string) {
	t.Helper()
	for _, in := range c.ins {
		_, err := fmt.Fprintln(in, id)
		check(t, err)
	}
	won := 0
	for _, out := range c.outs {
		if !out.Scan() {
			t.Fatal("a process ended", out.Err())
		}
		switch said := strings.TrimSpace(out.Text()); said {
		case "won":
			won++
		case "lost":
		default:
			t.Errorf("claim of %s: %s", id, said)
		}
	}
	if won != 1 {
		t.Fatalf("%s: %d winners", id, won)
	}
}
