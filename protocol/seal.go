package protocol

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"
)

// SealKey is a sender's key pair for one masked answer. It lives in memory
// only.
type SealKey struct{ public, private *[32]byte }

// NewSealKey makes a key pair.
func NewSealKey() (SealKey, error) {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return SealKey{}, fmt.Errorf("make a key to seal the answer to: %w", err)
	}
	return SealKey{public, private}, nil
}

// Public is the value of SealTo.
func (k SealKey) Public() string { return base64.StdEncoding.EncodeToString(k.public[:]) }

// Open returns the text of a sealed answer.
func (k SealKey) Open(answer string) (string, error) {
	sealed, err := base64.StdEncoding.DecodeString(answer)
	if err != nil {
		return "", fmt.Errorf("open the sealed answer: %w", err)
	}
	text, ok := box.OpenAnonymous(nil, sealed, k.public, k.private)
	if !ok {
		return "", errors.New("open the sealed answer: it is sealed to another key or damaged")
	}
	return string(text), nil
}

// Seal returns answer as a libsodium sealed box (crypto_box_seal) to the
// Base64 public key, itself in Base64.
func Seal(answer, to string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(to)
	if err != nil || len(key) != 32 {
		return "", problem("SealTo", "is not the Base64 of an X25519 public key of 32 bytes")
	}
	sealed, err := box.SealAnonymous(nil, []byte(answer), (*[32]byte)(key), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("seal the answer: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}
