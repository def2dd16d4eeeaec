package monitor

import (
	"errors"
	"sync"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// cuttable is a store as a process sees it: when the process is killed it can
// write no more.
type cuttable struct {
	mailbox.Store
	mu   sync.Mutex
	dead bool // guarded by mu
	full bool // guarded by mu
}

var (
	errKilled = errors.New("the process was killed")
	errFull   = errors.New("no space left on device")
)

func (c *cuttable) setFull(full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.full = full
}

func (c *cuttable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
}

func (c *cuttable) alive() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.dead:
		return errKilled
	case c.full:
		return errFull
	}
	return nil
}

func (c *cuttable) Create(box mailbox.Box, name string, fields protocol.Fields) error {
	if err := c.alive(); err != nil {
		return err
	}
	return c.Store.Create(box, name, fields)
}

func (c *cuttable) Replace(box mailbox.Box, name string, fields protocol.Fields, check func(mailbox.Record) error) error {
	if err := c.alive(); err != nil {
		return err
	}
	return c.Store.Replace(box, name, fields, check)
}

func (c *cuttable) TakeOver(box mailbox.Box, name string, fields protocol.Fields, void func(mailbox.Record) bool) error {
	if err := c.alive(); err != nil {
		return err
	}
	return c.Store.TakeOver(box, name, fields, void)
}

func (c *cuttable) Remove(box mailbox.Box, name string) error {
	if err := c.alive(); err != nil {
		return err
	}
	return c.Store.Remove(box, name)
}
