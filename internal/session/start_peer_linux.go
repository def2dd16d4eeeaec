package session

import (
	"fmt"
	"io"
	"net"
	"strings"
)

// answerLimit is how much is read of a manager in all.
const answerLimit = 4 << 20

// A peer is a connection to a systemd that speaks D-Bus without a bus. Only so
// much is read of it.
type peer struct {
	net.Conn
	left int64
}

func (p *peer) Read(data []byte) (int, error) {
	if p.left <= 0 {
		return 0, fmt.Errorf("it said more than %d bytes: %w", answerLimit, io.ErrUnexpectedEOF)
	}
	n, err := p.Conn.Read(data[:min(int64(len(data)), p.left)])
	p.left -= int64(n)
	return n, err
}

// Write keeps what follows the end of the authentication from coming with it,
// which systemd would read and then not look at until more came. To BEGIN there
// is no answer, so something that has one is asked in the same breath.
func (p *peer) Write(data []byte) (int, error) {
	if string(data) != "BEGIN\r\n" {
		return p.Conn.Write(data)
	}
	if _, err := p.Conn.Write([]byte("NEGOTIATE_UNIX_FD\r\nBEGIN\r\n")); err != nil {
		return 0, err
	}
	var answer strings.Builder // AGREE_UNIX_FD, or ERROR: no files are sent
	for one := make([]byte, 1); one[0] != '\n'; {
		if answer.Len() > 512 {
			return 0, fmt.Errorf("it answered %q", answer.String())
		}
		if _, err := io.ReadFull(p, one); err != nil {
			return 0, err
		}
		answer.WriteByte(one[0])
	}
	return len(data), nil
}
