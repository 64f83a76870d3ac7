#!/bin/sh
# Stage one of the sandbox: put a small root file system together in fresh namespaces, then become the command given.
#
# sandbox.py starts it through unshare(1), with every capability over its own namespaces. What is not bound here does
# not exist inside: homes, work folders and secrets of the host are out of reach.
#
# usage: ROOT=… FOLDER=… VENV=… OVERLAY=… OWNER=… sandbox.sh [SOURCE INSIDE]... -- COMMAND [ARGUMENT]...
#   ROOT     an empty folder of the host to mount the new root on; only these namespaces see what is mounted there
#   FOLDER   the working folder inside
#   VENV     the virtual environment that FOLDER/.venv starts from and leaves as it is; where it is empty, the one that
#            COMMAND makes goes there
#   OVERLAY  yes, or empty where VENV is to be copied
#   OWNER    the user that owns what may be written, as a number in the namespace of this script
#   SOURCE   a file or folder of the host, to be seen at INSIDE, read-only
set -eu
umask 022

hostname host
ip link set lo up
# Nothing inside runs as root, and a page may use port 80 all the same.
echo 80 >/proc/sys/net/ipv4/ip_unprivileged_port_start

mount -t tmpfs -o mode=755,size=16m root "$ROOT"
cd "$ROOT"
mkdir -p dev/pts dev/shm etc home/reader proc run tmp var/tmp ".$FOLDER" .old .scratch

# Everything that can be written shares one memory file system with a limit: filling it fills nothing else.
mount -t tmpfs -o mode=755,size=1g,nr_inodes=200k,nosuid,nodev scratch .scratch
cd .scratch
mkdir folder reader run shm tmp upper var-tmp work
chmod 1777 shm tmp var-tmp
chown "$OWNER:$OWNER" ./*
cd ..
mount --bind .scratch/folder ".$FOLDER"
mount --bind .scratch/reader home/reader
mount --bind .scratch/run run
mount --bind .scratch/shm dev/shm
mount --bind .scratch/tmp tmp
mount --bind .scratch/var-tmp var/tmp

# bind SOURCE INSIDE: a file or folder of the host, read-only. An unprivileged user may not drop a flag that it has on
# the host, such as noexec, nor leave out what is mounted below it.
bind() {
    if [ -d "$1" ]; then mkdir -p ".$2"; else mkdir -p ".${2%/*}" && : >".$2"; fi
    mount -o "bind,$flags" "$1" ".$2" 2>/dev/null && return
    mount -o "bind,$flags,noexec" "$1" ".$2" 2>/dev/null && return
    mount --rbind "$1" ".$2"
    case $ROOT in "$1"/*) umount -l "$ROOT$2${ROOT#"$1"}" ;; esac # not the new root itself
    places=$(findmnt --list --noheadings --submounts --output TARGET "$ROOT$2")
    echo "$places" | while IFS= read -r place; do
        mount -o "remount,bind,$flags" "$place" 2>/dev/null || mount -o "remount,bind,$flags,noexec" "$place"
    done
}
flags=ro,nosuid,nodev
# Where /bin and its like are symbolic links into /usr, they stay links.
for path in /usr /bin /sbin /lib /lib32 /lib64; do
    if [ -L "$path" ]; then cp -P "$path" ".$path"; elif [ -d "$path" ]; then bind "$path" "$path"; fi
done
for path in alternatives ca-certificates ld.so.conf.d nginx ssl; do
    if [ -e "/etc/$path" ]; then bind "/etc/$path" "/etc/$path"; fi
done
for path in ld.so.cache ld.so.conf mime.types protocols services; do
    if [ -e "/etc/$path" ]; then cat "/etc/$path" >"etc/$path"; fi
done
while [ "$1" != -- ]; do
    bind "$1" "$2"
    shift 2
done
shift

# Device files stay device files only without nodev, so they are bound one by one.
for name in full null random urandom zero; do
    : >"dev/$name"
    mount --bind "/dev/$name" "dev/$name"
done
mount -t devpts -o newinstance,mode=600,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

# A machine with one user, who is called "reader".
cat >etc/passwd <<'END'
root:x:0:0:root:/root:/usr/sbin/nologin
reader:x:1000:1000:reader:/home/reader:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
END
cat >etc/group <<'END'
root:x:0:
reader:x:1000:
nogroup:x:65534:
END
printf '127.0.0.1 localhost host\n::1 localhost\n' >etc/hosts
echo 'hosts: files' >etc/nsswitch.conf
echo host >etc/hostname

venv=.$FOLDER/.venv
mkdir "$venv"
if [ -z "$(ls -A "$VENV")" ]; then
    mount --bind "$VENV" "$venv"
else
    layers=lowerdir=$VENV,upperdir=.scratch/upper,workdir=.scratch/work,userxattr
    # Where a kernel refuses an overlay to an unprivileged user, a copy takes 0.1 s more.
    [ -n "$OVERLAY" ] && mount -t overlay -o "$layers" venv "$venv" 2>/dev/null || cp -a "$VENV/." "$venv"
fi

umount .scratch
pivot_root . .old
cd /
mount -t proc -o nosuid,nodev,noexec proc /proc
umount -l /.old
rmdir /.old /.scratch
mount -o remount,bind,ro /
exec "$@"
