//go:build linux

package bed

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// guard is how long a window of ours takes no answer after it opened, and some:
// nothing on the screen tells when it is over.
const guard = 900 * time.Millisecond

// Window is a window that was seen on a display.
type Window struct {
	d     *Display
	id    string
	pid   string
	title string
	// active is since when it was seen to have the keyboard, zero: it has not.
	active time.Time
}

// Window waits for a window of that title; zenity, which has no better place
// for it, says before the title who sent.
func (d *Display) Window(title string) *Window {
	d.t.Helper()
	w := &Window{d: d, title: title}
	d.Wait("a window with the title "+title, func() bool { return w.find(func() bool { return true }) })
	return w
}

// Pid is the process whose window it is.
func (w *Window) Pid() int {
	w.d.t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(w.pid))
	if err != nil {
		w.d.t.Fatalf("the process of the window %s: %v", w.title, err)
	}
	return pid
}

// Reopened waits until a window of that title of another process is there in
// the place of this one.
func (w *Window) Reopened() {
	w.d.t.Helper()
	old := w.pid
	w.d.Wait("the window "+w.title+" to open again", func() bool { return w.find(func() bool { return w.pid != old }) })
}

// find takes the window of that title that is there now and suits.
func (w *Window) find(suits func() bool) bool {
	for _, id := range w.d.windows(w.title) {
		// Its process tells a window from the next, which may get the same id.
		pid, err := w.d.Command("xdotool", "getwindowpid", id).Output()
		if err != nil {
			continue // gone meanwhile
		}
		w.id, w.pid, w.active = id, string(pid), time.Time{}
		if suits() {
			return true
		}
	}
	return false
}

// NoWindow reports whether there is no window of that title now.
func (d *Display) NoWindow(title string) bool { return len(d.windows(title)) == 0 }

// Titles are the titles of all windows that are seen.
func (d *Display) Titles() []string {
	// xdotool fails where there is none, or one goes meanwhile.
	out, _ := d.Command("xdotool", "search", "--onlyvisible", "--name", ".", "getwindowname", "%@").Output()
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func (d *Display) windows(title string) []string {
	// xdotool fails where it finds none.
	out, _ := d.Command("xdotool", "search", "--onlyvisible", "--name", "^(.* — )?"+regexp.QuoteMeta(title)+"$").Output()
	return strings.Fields(string(out))
}

// Activate makes the window the one that has the keyboard, as a person does by
// going there, and waits until it takes answers.
func (w *Window) Activate() {
	w.d.t.Helper()
	w.d.Wait("the window "+w.title+" to become active", func() bool {
		if !w.hasKeyboard() {
			w.active = time.Time{}
			// It may have gone, or not be known to the window manager yet.
			_ = w.d.Command("xdotool", "windowactivate", w.id).Run()
			return false
		}
		if w.active.IsZero() { // it may have done that itself this very moment
			w.active = time.Now()
		}
		return time.Since(w.active) > guard && !w.deaf()
	})
}

// hasKeyboard reports whether keys go to the window. That the window manager calls
// it the active one is not enough: the message boxes of one Windows program have
// the same number one after the other, and what is said of the last is taken for
// the next, or Wine misses that it was given the keyboard.
func (w *Window) hasKeyboard() bool {
	for _, question := range []string{"getactivewindow", "getwindowfocus"} {
		which, err := w.d.Command("xdotool", question).Output()
		if err != nil || strings.TrimSpace(string(which)) != w.id {
			return false // or it has gone
		}
	}
	return true
}

// deaf reports whether a window of deskbell-gtk says, by its role, that no key
// answers yet.
func (w *Window) deaf() bool {
	role, _ := w.d.Command("xprop", "-id", w.id, "WM_WINDOW_ROLE").Output() // it may have gone
	return strings.Contains(string(role), `"deskbell"`)
}

// Keys presses keys, named as xdotool names them, one after the other.
func (w *Window) Keys(keys ...string) {
	w.d.t.Helper()
	w.Activate()
	for _, key := range keys {
		w.d.xdotool("key", "--clearmodifiers", "--delay", "80", key)
	}
}

// Type types a text.
func (w *Window) Type(text string) {
	w.d.t.Helper()
	w.Activate()
	w.d.xdotool("type", "--clearmodifiers", "--delay", "30", text)
}

// Click clicks at a place in the window.
func (w *Window) Click(x, y int) {
	w.d.t.Helper()
	w.Activate()
	w.d.xdotool("mousemove", "--window", w.id, strconv.Itoa(x), strconv.Itoa(y), "click", "1")
}

// Gone waits until the window is no longer there.
func (w *Window) Gone() {
	w.d.t.Helper()
	w.d.Wait("the window "+w.title+" to go", func() bool {
		for _, id := range w.d.windows(w.title) {
			if id == w.id {
				return false
			}
		}
		return true
	})
}

// Looks is what the window shows, once it has come to rest: two pictures in a
// row that are the same.
func (w *Window) Looks() []byte {
	w.d.t.Helper()
	var last []byte
	w.d.Wait("the window "+w.title+" to come to rest", func() bool {
		now := w.d.picture(w.id)
		same := now != nil && bytes.Equal(now, last)
		last = now
		return same
	})
	return last
}

// Changes waits until a window of that title, this one or one that took its
// place, shows something else than before.
func (w *Window) Changes(before []byte) {
	w.d.t.Helper()
	w.d.Wait("the window "+w.title+" to change", func() bool {
		return w.find(func() bool {
			now := w.d.picture(w.id)
			return now != nil && !bytes.Equal(now, before)
		})
	})
}

// pictureTime is how long a picture may take.
const pictureTime = 5 * time.Second

// picture is nil where the window has gone meanwhile: import then waits for somebody
// to point at another.
func (d *Display) picture(id string) []byte {
	var picture bytes.Buffer
	cmd := d.Command("import", "-window", id, "ppm:-")
	cmd.Stdout = &picture
	if cmd.Start() != nil {
		return nil
	}
	late := time.AfterFunc(pictureTime, func() {
		_ = cmd.Process.Kill() // it may have ended
	})
	defer late.Stop()
	if cmd.Wait() != nil {
		return nil
	}
	return picture.Bytes()
}

func (d *Display) xdotool(args ...string) {
	d.t.Helper()
	if out, err := d.Command("xdotool", args...).CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
