package session

// reasonOf tells apart what Windows answers to CreateProcess (winerror.h).
func reasonOf(code uint32) StartReason {
	switch code {
	case 5: // ERROR_ACCESS_DENIED
		return StartNotExecutable
	case 1260: // ERROR_ACCESS_DISABLED_BY_POLICY
		return StartRestricted
	case 577, // ERROR_INVALID_IMAGE_HASH
		4551,                   // ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION
		4556, 4557, 4558, 4559: // ERROR_SYSTEM_INTEGRITY_REPUTATION_…
		return StartIntegrity
	case 1314: // ERROR_PRIVILEGE_NOT_HELD
		return StartNotPermitted
	}
	return StartFailed
}
