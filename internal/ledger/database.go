package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// ErrDamaged is wrapped by the error of a ledger whose file is not one.
var ErrDamaged = errors.New("the ledger is damaged")

// lockWait is how long another process may keep the file.
const lockWait = 2 * time.Second

// least is the size of a file with nothing in it but what says so.
const least = 2 * 4096

// limits bound a ledger.
type limits struct {
	age    time.Duration
	events int
	bytes  int
}

// atMost is what a ledger keeps. The file is at most twice the bytes, as it
// grows by doubling: 16 MiB.
var atMost = limits{age: 30 * 24 * time.Hour, events: 50_000, bytes: 7 << 20}

// Buckets of the file. What a user's own messages to the service bring about is
// apart, and has a smaller share, so that he cannot push out what others see to.
const (
	events  = "events"
	service = "service" // of scope service
	sizes   = "sizes"   // of each of the two, in bytes
)

// shares are the parts of the limits for each bucket, in fifths.
var shares = []struct {
	bucket string
	fifths int
}{{events, 4}, {service, 1}}

func bucketOf(e Event) string {
	if e.Scope == service {
		return service
	}
	return events
}

// transaction opens the file and has it read, or written. It blocks while
// others write, up to lockWait. A file that is damaged does not end the process,
// though its pages are mapped: the error wraps ErrDamaged.
func (p Place) transaction(write bool, act func(*bbolt.Tx) error) (err error) {
	var file *os.File
	o := &bbolt.Options{Timeout: lockWait, ReadOnly: !write, OpenFile: func(_ string, flag int, _ os.FileMode) (opened *os.File, err error) {
		opened, err = p.open(flag)
		file = opened
		return opened, err
	}}
	whole := false
	defer func() {
		if !whole && file != nil {
			// What has it mapped is in no state to be closed, and keeps it open.
			unlock(file)
			_ = file.Close()
		}
	}()
	err = guarded(func() error {
		db, err := bbolt.Open(p.Path(), 0o600, o)
		if err != nil {
			whole = true // it has closed it
			return err
		}
		if write {
			err = db.Update(act)
		} else {
			err = db.View(act)
		}
		err = errors.Join(err, db.Close())
		whole = true
		return err
	})
	if info, statErr := os.Lstat(p.Path()); err != nil && statErr == nil && info.Mode().IsRegular() && info.Size() > 0 && info.Size() < least {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if errors.Is(err, bolterrors.ErrInvalid) || errors.Is(err, bolterrors.ErrVersionMismatch) || errors.Is(err, bolterrors.ErrChecksum) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// guarded turns a fault in what is mapped, and a panic about what is in it,
// into an error.
func guarded(act func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, fault)
		}
	}()
	return act()
}

// write adds events and prunes. A file that is damaged is moved aside and a new
// one begun; then aside says so.
func (p Place) write(batch []Event, most limits, now time.Time) (aside bool, err error) {
	err = p.add(batch, most, now)
	if !errors.Is(err, ErrDamaged) {
		return false, err
	}
	why := err
	if err := os.Rename(p.Path(), p.Path()+damaged); err != nil && !isMissing(err) {
		return false, fmt.Errorf("%w; move it aside: %w", why, err)
	}
	return true, p.add(batch, most, now)
}

func (p Place) add(batch []Event, most limits, now time.Time) error {
	return p.transaction(true, func(tx *bbolt.Tx) error {
		all, err := tx.CreateBucketIfNotExists([]byte(sizes))
		if err != nil {
			return err
		}
		for _, s := range shares {
			most := limits{most.age, most.events * s.fifths / 5, most.bytes * s.fifths / 5}
			if err := addTo(tx, all, s.bucket, batch, most, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func addTo(tx *bbolt.Tx, all *bbolt.Bucket, name string, batch []Event, most limits, now time.Time) error {
	bucket, err := tx.CreateBucketIfNotExists([]byte(name))
	if err != nil {
		return err
	}
	bucket.FillPercent = 0.9 // what is added comes last
	size := number(all.Get([]byte(name)))
	for _, e := range batch {
		if bucketOf(e) != name {
			continue
		}
		value, err := json.Marshal(e)
		if err != nil {
			return err
		}
		n, err := bucket.NextSequence()
		if err != nil {
			return err
		}
		if err := bucket.Put(binary.BigEndian.AppendUint64(nil, n), value); err != nil {
			return err
		}
		size += uint64(len(value))
	}
	size, err = prune(bucket, size, most, now)
	if err != nil {
		return err
	}
	return all.Put([]byte(name), binary.BigEndian.AppendUint64(nil, size))
}

// prune removes the oldest events until the limits are kept. The keys are
// consecutive: what is removed is the first always.
func prune(bucket *bbolt.Bucket, size uint64, most limits, now time.Time) (uint64, error) {
	last := bucket.Sequence()
	cursor := bucket.Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.First() {
		var e struct{ Time time.Time }
		old := json.Unmarshal(value, &e) != nil || now.Sub(e.Time) > most.age
		if !old && last-number(key) < uint64(most.events) && size <= uint64(most.bytes) {
			break
		}
		size -= min(size, uint64(len(value)))
		if err := cursor.Delete(); err != nil {
			return size, err
		}
	}
	return size, nil
}

func number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}
