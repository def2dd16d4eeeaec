// Package win binds what Deskbell needs of Win32: one file per DLL, and apart
// from them, without a build tag, the layout of the structures, so that sizes
// and offsets are tested on every system.
package win
