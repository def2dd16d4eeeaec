// Package linux holds what Deskbell brings for the systems of Linux.
package linux

import _ "embed"

// Unit is the unit of the service of the queue deskbell, with the program
// where a package puts it.
//
//go:embed deskbell.service
var Unit string

// What Unit has in it that another queue or place changes.
const (
	UnitProgram = "/usr/bin/deskbell"
	UnitQueue   = "deskbell"
)
