package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// spool is a queue in the files of its directory.
type spool struct{ dir string }

func openStore(getenv func(string) string) store {
	return spool{filepath.Join(getenv("DESKBELL_RUNTIME_DIR"), getenv("DESKBELL_QUEUE"))}
}

func (s spool) file(box, name string) string { return filepath.Join(s.dir, box, name+".json") }

func (s spool) put(id string, fields map[string]string, half bool) error {
	return s.write("inbox", id, fields, half)
}

func (s spool) write(box, id string, fields map[string]string, half bool) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	temporary := s.file(box, id) + ".part"
	if err := os.MkdirAll(filepath.Dir(temporary), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(temporary, data, 0o600); err != nil || half {
		return err
	}
	return os.Rename(temporary, s.file(box, id))
}

func (s spool) list(box string) []string {
	entries, err := os.ReadDir(filepath.Join(s.dir, box))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names
}

func (s spool) read(box, name string) map[string]string {
	fields := map[string]string{}
	data, err := os.ReadFile(s.file(box, name))
	if err != nil {
		return fields
	}
	var values map[string]any
	if err := json.Unmarshal(data, &values); err != nil {
		return map[string]string{"malformed": err.Error()}
	}
	for field, value := range values {
		if n, ok := value.(float64); ok {
			value = int(n)
		}
		if items, ok := value.([]any); ok {
			var texts []string
			for _, item := range items {
				texts = append(texts, fmt.Sprint(item))
			}
			value = strings.Join(texts, "\n")
		}
		fields[strings.ToLower(field)] = fmt.Sprint(value)
	}
	return fields
}

func (s spool) delete(box, name string) error { return os.Remove(s.file(box, name)) }

// remove has nothing to do: the directory is the script's.
func (s spool) remove() error { return nil }

// transient reports whether a program that did not start may do so now.
func transient(error) bool { return false }

func programOf(ts *testscript.TestScript, pid int) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	ts.Check(err)
	return filepath.Base(path)
}
