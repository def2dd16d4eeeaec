// Command gtk3 is the barest window that GTK 3 can open from Go without cgo:
// what a window of Deskbell is measured against.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/ebitengine/purego"
)

func main() {
	runtime.LockOSThread()
	library, err := purego.Dlopen("libgtk-3.so.0", purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gtk3:", err)
		os.Exit(1)
	}
	var (
		open    func(argc, argv uintptr) bool
		window  func(kind int32) uintptr
		name    func(window uintptr, title string)
		column  func(orientation, spacing int32) uintptr
		label   func(text string) uintptr
		button  func(caption string) uintptr
		add     func(container, widget uintptr)
		showAll func(widget uintptr)
		run     func()
	)
	purego.RegisterLibFunc(&open, library, "gtk_init_check")
	purego.RegisterLibFunc(&window, library, "gtk_window_new")
	purego.RegisterLibFunc(&name, library, "gtk_window_set_title")
	purego.RegisterLibFunc(&column, library, "gtk_box_new")
	purego.RegisterLibFunc(&label, library, "gtk_label_new")
	purego.RegisterLibFunc(&button, library, "gtk_button_new_with_label")
	purego.RegisterLibFunc(&add, library, "gtk_container_add")
	purego.RegisterLibFunc(&showAll, library, "gtk_widget_show_all")
	purego.RegisterLibFunc(&run, library, "gtk_main")
	if !open(0, 0) {
		fmt.Fprintln(os.Stderr, "gtk3: no display")
		os.Exit(1)
	}
	w, box := window(0), column(1, 6)
	name(w, "Bench")
	add(w, box)
	add(box, label("Install now?"))
	add(box, button("Now"))
	add(box, button("Later"))
	showAll(w)
	run()
}
