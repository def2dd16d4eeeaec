package main

import (
	"log/slog"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
)

// writeLedger begins to write a ledger and returns how; where there is none,
// nothing is written. What it returns besides ends it.
func writeLedger(find func(queue string) (ledger.Place, error), queue, by string, log *slog.Logger) (record func(ledger.Event), end func()) {
	place, err := find(queue)
	if err != nil {
		log.Debug("what happens to messages is not written down", "err", err)
		return nil, func() {}
	}
	w := place.NewWriter(by, log)
	return w.Record, w.Close
}

// ledger is where a sender with the rights for it writes down what happens, nil
// for others: what they are asked their monitor writes down. The call ends it.
func (c *call) ledger(queue string) func(ledger.Event) {
	if !mailbox.Administrator() {
		return nil
	}
	record, end := writeLedger(ledger.Administrators, queue, ledger.BySender, c.log())
	c.closers = append(c.closers, end)
	return record
}
