package win

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

// Block is a piece of memory made up of Win32 structures that point to each
// other. It is laid out by offsets, which Bytes turns into addresses, for
// 64-bit little-endian systems.
type Block struct {
	data     []byte
	pointers map[int]int // offset of a pointer: offset of what it points to
}

// Grow appends size zero bytes at the next multiple of 8 and returns their
// offset.
func (b *Block) Grow(size int) int {
	for len(b.data)%8 != 0 {
		b.data = append(b.data, 0)
	}
	at := len(b.data)
	b.data = append(b.data, make([]byte, size)...)
	return at
}

// Put16 writes a 16-bit number at an offset.
func (b *Block) Put16(at int, value uint16) { binary.LittleEndian.PutUint16(b.data[at:], value) }

// Put32 writes a 32-bit number at an offset.
func (b *Block) Put32(at int, value uint32) { binary.LittleEndian.PutUint32(b.data[at:], value) }

// Put64 writes a 64-bit number at an offset.
func (b *Block) Put64(at int, value uint64) { binary.LittleEndian.PutUint64(b.data[at:], value) }

// Point makes the eight bytes at an offset a pointer to another offset.
func (b *Block) Point(at, to int) {
	if b.pointers == nil {
		b.pointers = map[int]int{}
	}
	b.pointers[at] = to
}

// Text appends text as UTF-16 with a final NUL and makes the eight bytes at an
// offset a pointer to it; of empty text, which many structures read as absent,
// a null pointer. The text ends at its first NUL.
func (b *Block) Text(at int, text string) {
	if text == "" {
		return
	}
	units := UTF16(text)
	to := b.Grow(2 * len(units))
	for i, unit := range units {
		binary.LittleEndian.PutUint16(b.data[to+2*i:], unit)
	}
	b.Point(at, to)
}

// Bytes returns the block as it has to be at the address base.
func (b *Block) Bytes(base uintptr) []byte {
	placed := append([]byte(nil), b.data...)
	for at, to := range b.pointers {
		binary.LittleEndian.PutUint64(placed[at:], uint64(base)+uint64(to))
	}
	return placed
}

// UTF16 encodes text up to its first NUL, with a final NUL.
func UTF16(text string) []uint16 {
	units := make([]uint16, 0, len(text)+1)
	for _, r := range text {
		if r == 0 {
			break
		}
		units = utf16.AppendRune(units, r)
	}
	return append(units, 0)
}

// String decodes UTF-16 up to its first NUL.
func String(units []uint16) string {
	if end := slices.Index(units, 0); end >= 0 {
		units = units[:end]
	}
	return string(utf16.Decode(units))
}
