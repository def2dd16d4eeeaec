# The same with the deskbell command, in Python.
import subprocess, sys
done = subprocess.run(["deskbell", "ask", "Install the update now?", "--queue", sys.argv[1],
                       "--button", "Now", "--button", "Tonight at eight", "--within", sys.argv[2] + "s"])
sys.exit(done.returncode if done.returncode > 1 else 0)
