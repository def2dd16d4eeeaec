package main

// styles are the exit styles that this system has.
func styles() []string { return []string{stylePosix, styleMSI} }
