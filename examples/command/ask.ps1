# The same with the deskbell command, in PowerShell. UNTESTED: none was in reach.
deskbell ask "Install the update now?" --queue $args[0] --button Now --button "Tonight at eight" --within "$($args[1])s"
if ($LASTEXITCODE -gt 1) { exit $LASTEXITCODE } else { exit 0 }
