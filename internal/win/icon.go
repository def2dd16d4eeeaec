package win

// Icons of the system, by number (IDI_*).
const (
	IconApplication = 32512
	IconError       = 32513
	IconQuestion    = 32514
	IconWarning     = 32515
	IconInformation = 32516
	IconShield      = 32518
)
