package win

import (
	"runtime"
	"unsafe"
)

// Memory is a Block in place, where Win32 may read it until Free.
type Memory struct {
	data   []byte
	pinner runtime.Pinner
}

// Place puts the block into memory that does not move.
func (b *Block) Place() *Memory {
	m := &Memory{data: make([]byte, len(b.data))}
	m.pinner.Pin(&m.data[0])
	copy(m.data, b.Bytes(uintptr(unsafe.Pointer(&m.data[0]))))
	return m
}

// Pointer is the address of the block.
func (m *Memory) Pointer() unsafe.Pointer { return unsafe.Pointer(&m.data[0]) }

// Free lets the memory go.
func (m *Memory) Free() { m.pinner.Unpin() }
