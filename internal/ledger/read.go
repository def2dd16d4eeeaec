package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"go.etcd.io/bbolt"
)

// Cursor is up to where a ledger has been read; its zero value is its
// beginning.
type Cursor struct{ last map[string]uint64 }

// Read returns the events after the cursor, by time, and where they end; none
// where there is no ledger. The error wraps ErrDamaged for one that cannot be
// read, or fs.ErrPermission. It blocks while somebody writes.
func (p Place) Read(after Cursor) ([]Event, Cursor, error) {
	end := Cursor{map[string]uint64{}}
	info, err := os.Lstat(p.Path())
	if isMissing(err) || err == nil && info.Size() == 0 { // which is being begun
		return nil, end, nil
	}
	var all []Event
	err = p.transaction(false, func(tx *bbolt.Tx) error {
		for _, s := range shares {
			name := s.bucket
			bucket := tx.Bucket([]byte(name))
			if bucket == nil {
				continue
			}
			begin := after.last[name]
			end.last[name] = bucket.Sequence()
			if begin > bucket.Sequence() {
				begin = 0 // another has taken its place
			}
			found, err := readFrom(bucket, begin)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	if isMissing(err) {
		return nil, end, nil
	}
	if err != nil {
		return nil, after, fmt.Errorf("read the ledger %s: %w", p.Path(), err)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return all, end, nil
}

func readFrom(bucket *bbolt.Bucket, after uint64) ([]Event, error) {
	var found []Event
	var errs []error
	cursor := bucket.Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		if number(key) <= after {
			continue
		}
		var e Event
		if err := json.Unmarshal(value, &e); err != nil {
			errs = append(errs, fmt.Errorf("%w: event %d: %w", ErrDamaged, number(key), err))
			continue
		}
		found = append(found, e)
	}
	return found, errors.Join(errs...)
}

// MaxFile is how large the file of a ledger can become, in bytes.
const MaxFile = 16 << 20

// Health is how a ledger is.
type Health struct {
	Bytes  int64 // of its file; 0 = there is none
	Events int
	Aside  string // one that was damaged and moved aside; "" = none
}

// Look reads the whole ledger to see how it is; the error is that of Read.
func (p Place) Look() (Health, error) {
	var h Health
	if _, err := os.Lstat(p.Path() + damaged); err == nil {
		h.Aside = p.Path() + damaged
	}
	info, err := os.Lstat(p.Path())
	if isMissing(err) {
		return h, nil
	}
	if err != nil {
		return h, fmt.Errorf("read the ledger %s: %w", p.Path(), err)
	}
	h.Bytes = info.Size()
	events, _, err := p.Read(Cursor{})
	h.Events = len(events)
	return h, err
}
