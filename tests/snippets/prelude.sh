# It needs bash, Python 3.11 or newer, curl and procps, and the ports of the page to be free.
# It ends at the first command that does not end as the page says. It does not compare what is printed.

scenario=$(mktemp -d) place=$0 python=$(command -v python3) keepers=()
# What is printed into a file shall come as soon as in a terminal.
export PYTHONUNBUFFERED=1
exec </dev/null

# finish: leave nothing running
finish() {
    local file
    # Those who wait for the terminals first: they would write down how each one ended.
    kill -s KILL "${keepers[@]}" 2>/dev/null
    for file in "$scenario"/*.pid; do
        [ -e "$file" ] && kill -s KILL -- "-$(cat "$file")" 2>/dev/null
    done
    rm -rf "$scenario"
}
trap finish EXIT
trap 'exit 130' HUP INT TERM

# fail PROBLEM: say where and why, and end
fail() {
    printf '%s: %s\n' "$place" "$1" >&2
    exit 1
}

# step PLACE: say where in the page this is; $? stays as it is
step() {
    local status=$?
    place=$1
    printf '\n== %s\n' "$place"
    return "$status"
}

# ended STATUS: hold the exit status of the last command against the page; $? stays as it is
ended() {
    local status=$?
    [ "$status" = "$1" ] || fail "exit status $status, the page says $1"
    return "$status"
}

# save PATH: write standard input into a file
save() {
    # Python and reloading servers know a changed file by its time, in whole seconds.
    if [ -e "$1" ] || [ -e "$scenario/opened" ]; then sleep 1; fi
    mkdir -p "$(dirname "$1")" && cat >"$1" || fail "$1 cannot be written"
}

# session: run a doctest session from standard input; an exception that it does not show is an error
session() {
    cat >"$scenario/session"
    python -c '
import doctest, pathlib, sys

class Shown(doctest.OutputChecker):
    def check_output(self, want, got, flags):
        sys.__stdout__.write(got)
        return True

text = pathlib.Path(sys.argv.pop()).read_text()
test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, "session", None, 0)
sys.exit(bool(doctest.DocTestRunner(Shown()).run(test).failed))
' "$scenario/session"
}

# open_terminal NAME COMMAND: run a command as in a terminal of its own
open_terminal() {
    local file=$scenario/$1
    rm -f "$file".*
    : >"$scenario/opened"
    : >"$file.log"
    (
        set -m # a process group of its own, and SIGINT not ignored
        bash -c "$2" >"$file.log" 2>&1 &
        echo "$!" >"$file.pid"
        wait "$!"
        echo "$?" >"$file.part"
        mv "$file.part" "$file.status"
    ) 2>/dev/null &
    keepers+=("$!")
    disown # the page may say `wait`, and means its own
    until [ -s "$file.pid" ]; do sleep 0.05; done
}

# ready NAME WHERE: wait until somebody listens on a port, or on the path of a socket
ready() {
    "$python" -I -c '
import os, socket, sys, time

where, status = sys.argv[1:]
family = socket.AF_INET if where.isdecimal() else socket.AF_UNIX
address = ("127.0.0.1", int(where)) if where.isdecimal() else where
end = time.monotonic() + 60
while time.monotonic() < end and not os.path.exists(status):
    with socket.socket(family) as probe:
        if probe.connect_ex(address) == 0:
            sys.exit()
    time.sleep(0.1)
sys.exit(1)
' "$2" "$scenario/$1.status" || { cat "$scenario/$1.log" >&2; fail "terminal '$1' does not listen on $2"; }
}

# printed NAME LINES: wait until a terminal has printed so many lines in all
printed() {
    local tries=0
    until [ "$(wc -l <"$scenario/$1.log")" -ge "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { cat "$scenario/$1.log" >&2; fail "terminal '$1' has not printed $2 lines"; }
        sleep 0.1
    done
}

# close_terminal NAME SIGNAL [STATUS]: send a signal (none: just wait), and look how it ends and what it has printed
close_terminal() {
    local file=$scenario/$1 tries=0 pid status
    pid=$(cat "$file.pid")
    # Where the shell has not become the command, it waits for it.
    [ "$(ps -o comm= -p "$pid")" != bash ] || pid=$(pgrep --oldest --parent "$pid" || echo "$pid")
    [ "$2" = none ] || kill -s "$2" "$pid" || fail "terminal '$1' had ended by itself"
    until [ -e "$file.status" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail "terminal '$1' does not end"
        sleep 0.1
    done
    status=$(cat "$file.status")
    printf '%s\n' "-- terminal '$1' has printed:"
    cat "$file.log"
    rm -f "$file".*
    [ "$status" = "${3:-$status}" ] || fail "terminal '$1' ended with $status, the page says $3"
}

for file in *; do
    case $file in
    '*' | *.sh) ;;
    *) fail "'$file' is here already: run this in an empty folder" ;;
    esac
done
if [ -z "${VIRTUAL_ENV:-}" ]; then
    "$python" -m venv .venv && . .venv/bin/activate || fail 'no virtual environment could be made'
fi
