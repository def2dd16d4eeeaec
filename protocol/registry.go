package protocol

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unicode/utf16"
)

// Types of registry values (winnt.h).
const (
	regSZ       = 1
	regExpandSZ = 2
	regBinary   = 3
	regDWORD    = 4
	regMultiSZ  = 7
	regQWORD    = 11
)

// RegistryValue is a registry value as RegQueryValueEx gives it.
type RegistryValue struct {
	Type uint32
	Data []byte
}

// Decode returns the value as Fields holds it; what is neither text, number
// nor list is Opaque. REG_EXPAND_SZ is never expanded. Text ends at its first
// NUL or, as nobody makes sure of one, at the end of the data.
func (v RegistryValue) Decode() any {
	switch v.Type {
	case regSZ, regExpandSZ:
		text := v.units()
		if i := slices.Index(text, 0); i >= 0 {
			text = text[:i]
		}
		return string(utf16.Decode(text))
	case regMultiSZ:
		items := []string{}
		for text := v.units(); len(text) > 0 && text[0] != 0; {
			end := slices.Index(text, 0)
			if end < 0 {
				end = len(text)
			}
			items = append(items, string(utf16.Decode(text[:end])))
			text = text[min(end+1, len(text)):]
		}
		return items
	case regDWORD:
		if len(v.Data) == 4 {
			return int(binary.LittleEndian.Uint32(v.Data))
		}
	case regQWORD:
		if len(v.Data) == 8 {
			if n := binary.LittleEndian.Uint64(v.Data); n <= math.MaxInt64 {
				return int(n)
			}
		}
	case regBinary:
		return Opaque("a value of REG_BINARY")
	}
	return Opaque(fmt.Sprintf("a value of registry type %d and %d bytes", v.Type, len(v.Data)))
}

func (v RegistryValue) units() []uint16 {
	units := make([]uint16, len(v.Data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(v.Data[2*i:])
	}
	return units
}

// EncodeRegistry returns one value of Fields as a registry value. Text with a
// NUL cannot be written down and is an error; so is an empty item in a list,
// which would end it.
func EncodeRegistry(name string, value any) (RegistryValue, error) {
	switch v := value.(type) {
	case string:
		return encodeStrings(name, regSZ, v)
	case []string:
		if slices.Contains(v, "") {
			return RegistryValue{}, problem(name, "an item of a list is empty")
		}
		encoded, err := encodeStrings(name, regMultiSZ, v...)
		encoded.Data = append(encoded.Data, 0, 0)
		return encoded, err
	case bool:
		n := 0
		if v {
			n = 1
		}
		return EncodeRegistry(name, n)
	case int:
		if v < math.MinInt32 || v > math.MaxUint32 {
			return RegistryValue{}, problem(name, "%d does not fit 32 bits", v)
		}
		return RegistryValue{regDWORD, binary.LittleEndian.AppendUint32(nil, uint32(v))}, nil
	}
	return RegistryValue{}, problem(name, "%s cannot be written to the registry", describe(value))
}

func encodeStrings(name string, typ uint32, texts ...string) (RegistryValue, error) {
	var data []byte
	for _, text := range texts {
		for _, r := range text {
			if r == 0 {
				return RegistryValue{}, problem(name, "a NUL character in text")
			}
		}
		for _, unit := range utf16.Encode([]rune(text)) {
			data = binary.LittleEndian.AppendUint16(data, unit)
		}
		data = append(data, 0, 0)
	}
	return RegistryValue{typ, data}, nil
}
