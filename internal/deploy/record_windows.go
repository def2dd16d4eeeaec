package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
)

// deferrals is the key of what is remembered, below HKLM, whose access lists let
// administrators alone write.
const deferrals = `SOFTWARE\Deskbell\Deferrals`

const access = registry.QUERY_VALUE | registry.SET_VALUE | windows.READ_CONTROL | registry.WOW64_64KEY

// record is a key.
type record struct{ queue, name string }

// OpenRecord is where the facts of a job are kept; nothing is made yet. Whoever
// may not write there is told so when it is read or written.
func OpenRecord(queue, name string) (Record, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return record{queue, name}, nil
}

func (r record) path() string { return deferrals + `\` + r.queue + `\` + r.name }

// checked closes a key that others than administrators can change.
func (r record) checked(key registry.Key, err error) (registry.Key, error) {
	if err != nil {
		return 0, fmt.Errorf(`open HKLM\%s: %w`, r.path(), err)
	}
	why, err := trust.KeyFault(windows.Handle(key))
	if err == nil && why != "" {
		err = fmt.Errorf(`HKLM\%s: %w (%s)`, r.path(), errForeign, why)
	}
	if err != nil {
		return 0, errors.Join(err, key.Close())
	}
	return key, nil
}

func (r record) Load() (f Facts, err error) {
	key, err := r.checked(registry.OpenKey(registry.LOCAL_MACHINE, r.path(), registry.QUERY_VALUE|windows.READ_CONTROL|registry.WOW64_64KEY))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, key.Close()) }()
	for name, to := range map[string]*time.Time{"FirstShown": &f.FirstShown, "LastAsked": &f.LastAsked, "Installed": &f.Installed, "Agreed": &f.Agreed} {
		text, _, err := key.GetStringValue(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			*to, err = time.Parse(time.RFC3339, text)
		}
		if err != nil {
			return f, fmt.Errorf(`HKLM\%s: %s: %w`, r.path(), name, err)
		}
	}
	lines, _, err := key.GetStringsValue("Deferrals")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf(`HKLM\%s: Deferrals: %w`, r.path(), err)
	}
	for _, line := range lines[:min(len(lines), maxDeferrals)] {
		var d Deferral
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			return f, fmt.Errorf(`HKLM\%s: Deferrals: %w`, r.path(), err)
		}
		f.Deferrals = append(f.Deferrals, d)
	}
	return f, nil
}

func (r record) Save(f Facts) (err error) {
	made, _, err := registry.CreateKey(registry.LOCAL_MACHINE, r.path(), access)
	key, err := r.checked(made, err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, key.Close()) }()
	for name, at := range map[string]time.Time{"FirstShown": f.FirstShown, "LastAsked": f.LastAsked, "Installed": f.Installed, "Agreed": f.Agreed} {
		if at.IsZero() {
			if err := key.DeleteValue(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if err := key.SetStringValue(name, at.UTC().Format(time.RFC3339)); err != nil {
			return err
		}
	}
	lines := []string{}
	for _, d := range bounded(f).Deferrals {
		line, err := json.Marshal(d)
		if err != nil {
			return err
		}
		lines = append(lines, string(line))
	}
	return key.SetStringsValue("Deferrals", lines)
}

func (r record) Clear() error {
	for _, path := range append([]string{r.path()}, way(r.queue)...) {
		// One that has something in it stays.
		if err := registry.DeleteKey(registry.LOCAL_MACHINE, path); err != nil && path == r.path() && !gone(err) {
			return fmt.Errorf(`delete HKLM\%s: %w`, path, err)
		}
	}
	return nil
}

// way are the keys that lead to the records of a queue, the deepest first.
func way(queue string) []string {
	return []string{deferrals + `\` + queue, deferrals, `SOFTWARE\Deskbell`}
}

func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, windows.ERROR_KEY_DELETED)
}

// Remembered are the places where facts of a queue's jobs are kept.
func Remembered(queue string) ([]string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, deferrals+`\`+queue, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []string{`HKLM\` + deferrals + `\` + queue}, key.Close()
}

// Shared reports whether anything is remembered of any queue's jobs, in a place
// that all have in common.
func Shared() bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, deferrals, registry.QUERY_VALUE|registry.WOW64_64KEY)
	return err == nil && key.Close() == nil
}

// Forget removes what is remembered of all jobs of a queue. The error is that of
// the registry.
func Forget(queue string) error {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, deferrals+`\`+queue, registry.READ|registry.WOW64_64KEY)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := key.ReadSubKeyNames(-1)
	err = errors.Join(err, key.Close())
	for _, name := range names {
		if CheckName(name) == nil {
			err = errors.Join(err, (record{queue, name}).Clear())
		}
	}
	if err != nil {
		return err
	}
	for i, path := range way(queue) {
		if err := registry.DeleteKey(registry.LOCAL_MACHINE, path); err != nil && i == 0 && !gone(err) {
			return err
		}
	}
	return nil
}
