@rem The same with the deskbell command, in a batch file.
@deskbell ask "Install the update now?" --queue %1 --button Now --button "Tonight at eight" --within %2s
@if %errorlevel% leq 1 exit /b 0
@exit /b %errorlevel%
