# Brings up a systemd of its own and waits until standard input closes: with that
# the system ends. A line there is like a cut of the power: it ends and is brought
# up again, with the file system as it was. Runs as root in a mount namespace of
# its own, so that what is mounted here is seen by nobody else and goes with it.
#
#   BED  an empty folder      3  the pid of `unshare` is written there, a line each
set -eu
exec >&2 # whoever waits for 3 to close waits for nothing else

mount -t tmpfs -o size=1g,mode=755 bed "$BED"
mkdir "$BED/upper" "$BED/work" "$BED/root" "$BED/cgroups"
mount -t overlay overlay -o "lowerdir=/,upperdir=$BED/upper,workdir=$BED/work" "$BED/root"
mount -t cgroup2 cgroup2 "$BED/cgroups"
CGROUP=
clear() {
	if [ -n "$CGROUP" ]; then find "$CGROUP" -depth -type d -exec rmdir {} \;; fi
	CGROUP=
}
trap clear EXIT

R=$BED/root
echo 0123456789abcdef0123456789abcdef >"$R/etc/machine-id"
echo bed >"$R/etc/hostname"
cat >"$R/etc/systemd/system/bed.target" <<'X'
[Unit]
Description=Bed of the tests
Requires=dbus.socket dbus.service systemd-logind.service systemd-journald.service
After=dbus.socket dbus.service systemd-logind.service
AllowIsolate=yes
X
cat >"$R/etc/pam.d/bed" <<'X'
auth required pam_permit.so
account required pam_permit.so
session required pam_unix.so
session required pam_systemd.so
X
# These would change the machine.
for unit in systemd-sysctl.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-udevd.service \
	systemd-udev-trigger.service systemd-modules-load.service systemd-timesyncd.service; do
	ln -sf /dev/null "$R/etc/systemd/system/$unit"
done

cat >"$BED/init" <<'X'
set -e
mount --make-rprivate /
mount -t proc proc "$R/proc"
# The kernel's settings are the machine's.
mount --bind "$R/proc/sys" "$R/proc/sys"
mount -o remount,bind,ro "$R/proc/sys"
mount -t sysfs -o ro sysfs "$R/sys"
mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$R/run"
mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
for device in null zero full random urandom tty; do
	touch "$R/dev/$device"
	mount --bind "/dev/$device" "$R/dev/$device"
done
mkdir "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
# As on a computer that boots: what is mounted later is seen in the sandboxes of
# units too.
mount --make-rshared "$R"
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	chroot "$R" /lib/systemd/systemd --system --unit=bed.target --log-target=journal
X
export R
BOOTS=0
boot() {
	BOOTS=$((BOOTS + 1))
	CGROUP=$BED/cgroups/deskbell-bed.$$.$BOOTS
	mkdir "$CGROUP"
	# The shell that moves itself becomes unshare; --kill-child ends the system with it.
	sh -c 'echo $$ >"$1/cgroup.procs" && exec setsid unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child sh "$2"' \
		sh "$CGROUP" "$BED/init" </dev/null 3>&- &
	UNSHARE=$!
	echo "$UNSHARE" >&3
}
halt() {
	# The first process of a namespace takes all others of it along.
	kill -KILL $(cat "/proc/$UNSHARE/task/$UNSHARE/children") || true
	wait "$UNSHARE" || true
	clear
}
boot
while read -r _; do
	halt
	boot
done
halt
