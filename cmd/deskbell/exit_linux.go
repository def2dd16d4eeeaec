package main

// styles are the exit styles that this system has: its exit statuses end at
// 255, where Windows Installer's do not begin.
func styles() []string { return []string{stylePosix} }
