"""The sandbox keeps what it promises a page, and the host."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.snippets.listeners import from_file, from_lsof, listeners
from tests.snippets.processes import from_ps, processes
from tests.snippets.sandbox import HERE, HostSandbox, Ran, Sandbox, SandboxError, virtual_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LAYERS = Path(sys.prefix) / "layers"

SERVER = """\
import http.server, sys
sys.stderr.write("starting\\n")
http.server.test(http.server.SimpleHTTPRequestHandler, port=8000, bind="127.0.0.1")
"""
UNIX_SERVER = """\
import pathlib, signal, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("mysite.sock")
print("bound")
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
listener.listen()
print("interrupted by", signal.sigwait({signal.SIGINT}).name)
raise SystemExit(3)
"""

TALKER = """\
import socket
print("one", "two", "th", sep="\\n", end="", flush=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind("talk.sock")
listener.listen()
open("go").read()
print("ree", "four", sep="\\n", end="")
"""
INNER = """\
from pathlib import Path
from tests.snippets.sandbox import Sandbox, is_root
print(Sandbox.available(), is_root())
binds = {"/srv/all": Path("/srv")}  # there are mounts below it
with Sandbox(wheels=Path("/srv/wheels"), layers=Path("layers"), binds=binds) as inner:
    print(inner.run("id -u; ls /srv/all/wheels; touch /srv/all/mysite/x").output, end="")
    print(inner.run("python -m pip install --quiet tiny; python -m tiny").output, end="")
"""

pytestmark = pytest.mark.slow
needs_namespaces = pytest.mark.skipif(
    Sandbox.available() is not None, reason=f"no sandbox on this host: {Sandbox.available()}"
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one tiny wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    folder.chmod(0o755)
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "print('tiny runs')\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def sandbox(wheels: Path) -> Iterator[Sandbox]:
    """A sandbox, open."""
    if Sandbox.available():
        pytest.skip(f"no sandbox on this host: {Sandbox.available()}")
    with Sandbox(wheels=wheels, layers=LAYERS, limit=20) as opened:
        yield opened


def ok(output: str) -> Ran:
    """A command that printed this, and exited with 0."""
    return Ran(output, 0, "exited")


# The main terminal


def test_streams_come_in_the_order_of_a_terminal(sandbox: Sandbox) -> None:
    command = "for i in 1 2 3; do echo out $i; echo err $i >&2; done"
    assert sandbox.run(command) == ok("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n")
    assert sandbox.run("printf 'no newline \\377 \\303\\251'") == ok("no newline \ufffd é")


def test_one_shell_for_all_commands(sandbox: Sandbox) -> None:
    sandbox.run("mkdir -p a/b && cd a && export NAME=value && local=kept && f() { echo in $PWD; }")
    assert sandbox.run("f; echo $NAME $local") == ok("in /srv/mysite/a\nvalue kept\n")
    assert sandbox.run("cat > file <<'END'\n$NAME 'quoted'\n\nEND\ncat \\\n  file") == ok("$NAME 'quoted'\n\n")
    assert {"NAME": "value", "PWD": "/srv/mysite/a"}.items() <= sandbox.environment().items()
    assert sandbox.run("PS1='prompt> '") == sandbox.run("true") == ok("")


def test_exit_statuses(sandbox: Sandbox) -> None:
    assert sandbox.run("false").status == 1
    assert sandbox.run("(exit 42)").status == 42
    assert sandbox.environment()["HOME"] == "/home/reader"
    assert sandbox.run("echo $?") == ok("42\n")
    assert sandbox.run("false | true | (exit 3)").status == 3
    assert sandbox.run("nothing-by-this-name") == Ran("bash: nothing-by-this-name: command not found\n", 127, "exited")
    assert sandbox.run("if then").status == 2
    assert sandbox.run("sh -c 'kill -TERM $$'") == Ran("Terminated\n", 143, "exited")


def test_jobs_are_told_of_as_in_a_terminal_and_can_be_interrupted(sandbox: Sandbox) -> None:
    assert sandbox.run("sleep 100 &").output.startswith("[1] ")
    # Before its exec, the child is a shell that takes the signal for its own.
    assert sandbox.run("until grep -q sleep /proc/$!/comm; do :; done").status == 0
    assert sandbox.run("kill -INT %1; wait %1").output.endswith("sleep 100\n")
    assert sandbox.leftovers() == []


def test_commands_get_nothing_of_the_engine(sandbox: Sandbox) -> None:
    listed = sandbox.run("cat; ls -1 /proc/self/fd; ls /proc/$$/fd > /dev/null; ulimit -c").output
    assert listed.split() == ["0", "1", "2", "3", "0"]  # 3 is the folder that ls reads
    assert sandbox.run("cat > /dev/null; echo $-").status == 0
    ignored = int(sandbox.run("grep SigIgn /proc/self/status").output.split()[1], 16)
    assert not [number for number in signal.valid_signals() if ignored >> (number - 1) & 1]


def test_exit_ends_the_shell(sandbox: Sandbox) -> None:
    assert sandbox.run("echo bye; exit 7") == Ran("bye\nexit\n", 7, "shell exited")
    with pytest.raises(SandboxError, match="the shell of the main terminal has exited"):
        sandbox.run("true")


def test_a_command_that_hangs_is_ended_by_its_limit(sandbox: Sandbox) -> None:
    hangs = "echo before; setsid -f sleep 1000; sleep 1000 | cat; echo after"
    assert sandbox.run(hangs, limit=0.2) == Ran("before\n", None, "limit")
    assert sandbox.leftovers() == []


def test_a_flood_is_cut(sandbox: Sandbox) -> None:
    flood = sandbox.run("head -c 3000000 /dev/zero | tr '\\0' x").output
    assert flood.endswith(f"x\n[{3000000 - (1 << 20)} bytes more were cut]\n")
    assert len(flood) < 1.1 * (1 << 20)
    assert sandbox.run("echo next") == ok("next\n")


def test_files_are_written_below_the_current_folder(sandbox: Sandbox) -> None:
    text = "line\r\n\ttab é\n"
    sandbox.write("mysite/urls.py", text)
    sandbox.run("cd mysite")
    sandbox.write("module.py", "print(1)\n")
    assert sandbox.run("cat urls.py").output == text
    assert sandbox.run("python -c 'import module'") == ok("1\n")
    sandbox.write("module.py", "print(2)\n")  # the same size, in the same second
    assert sandbox.run("python -c 'import module'") == ok("2\n")
    with pytest.raises(SandboxError, match=r"write: .*Is a directory"):
        sandbox.write("/srv/mysite", "")


# Terminals left running


def test_a_server_on_a_port(sandbox: Sandbox) -> None:
    sandbox.write("server.py", SERVER)
    sandbox.run("mkdir shown; cd shown; touch 'only here'; export COLOR=blue")
    started = sandbox.start("server", "python ../server.py", ready="8000")
    assert (started.state, started.status, started.output) == ("ready", None, "")
    assert "only%20here" in sandbox.run("curl -s http://127.0.0.1:8000/").output
    shown = sandbox.read("server", lines=3, limit=5)
    assert shown.state == "ready"
    assert shown.output.startswith("starting\nServing HTTP on 127.0.0.1 port 8000")
    assert shown.output.endswith('"GET / HTTP/1.1" 200 -\n')
    assert sandbox.leftovers() == []
    assert sandbox.stop("server", limit=5) == Ran("", 143, "exited")
    assert sandbox.log("server") == shown.output
    assert sandbox.start("server", "exec python ../server.py", ready="8000").state == "ready"
    assert sandbox.stop("server", signal="INT", limit=5).status == 0
    assert sandbox.leftovers() == []


def test_a_server_on_a_unix_socket(sandbox: Sandbox) -> None:
    sandbox.write("server.py", UNIX_SERVER)
    # Bash waits for a command that it redirects; the signal is for the command.
    assert sandbox.start("server", "cd . && python server.py 2>&1", ready="mysite.sock").state == "ready"
    assert sandbox.stop("server", signal="INT", limit=5) == Ran("bound\ninterrupted by SIGINT\n", 3, "exited")


def test_a_server_that_dies_or_never_listens(sandbox: Sandbox) -> None:
    dies = sandbox.start("dies", "echo no such thing >&2; exit 3", ready="8000")
    assert (dies.state, dies.status, dies.output) == ("exited", 3, "no such thing\nexit\n")
    assert sandbox.stop("dies", limit=5) == Ran("", 3, "exited")
    never = sandbox.start("never", "echo waiting; sleep 1000", ready="8000", limit=0.2)
    assert (never.state, never.status) == ("limit", None)
    assert (never.output or sandbox.read("never", lines=1, limit=5).output) == "waiting\n"
    with pytest.raises(SandboxError, match="terminal 'never' is running already"):
        sandbox.start("never", "true", ready="8000")
    assert sandbox.stop("never", limit=5).status == 143
    with pytest.raises(SandboxError, match="there is no terminal 'other'"):
        sandbox.stop("other", limit=5)


def test_ready_is_a_socket_of_its_own(sandbox: Sandbox) -> None:
    sandbox.write("server.py", SERVER)
    assert sandbox.start("first", "python server.py", ready="8000").state == "ready"
    second = sandbox.start("second", "python server.py", ready="8000")
    assert (second.state, second.status) == ("exited", 1)
    assert "Address already in use" in second.output


def test_read_never_splits_a_line(sandbox: Sandbox) -> None:
    sandbox.write("talk.py", TALKER)
    sandbox.run("mkfifo go")
    assert sandbox.start("talker", "python talk.py", ready="talk.sock").output == ""
    assert sandbox.read("talker", lines=2, limit=5).output == "one\ntwo\n"
    assert sandbox.read("talker", lines=1, limit=0.1).state == "limit"
    sandbox.run("echo > go")
    last = sandbox.read("talker", lines=2, limit=5)
    assert (last.state, last.status, last.output) == ("exited", 0, "three\nfour")
    assert sandbox.log("talker") == "one\ntwo\nthree\nfour"


def test_a_terminal_that_ignores_its_signal_is_killed_with_all_it_started(sandbox: Sandbox) -> None:
    command = "python -c 'import os, signal; signal.signal(15, 1); print(1); os.fork(); signal.pause()'"
    sandbox.start("stubborn", command, ready="8000", limit=0)
    sandbox.read("stubborn", lines=1, limit=5)
    assert sandbox.stop("stubborn", limit=0.1) == Ran("", None, "limit")
    assert sandbox.leftovers() == []


def test_leftovers_are_found(sandbox: Sandbox) -> None:
    sandbox.start("runs", "sh -c 'sleep 1000; true'", ready="8000", limit=0)
    sandbox.run("setsid -f sleep 2000; sleep 3000 & (exec -a daemon sleep 4000 &)")
    assert sorted(sandbox.leftovers()) == ["daemon 4000", "sleep 2000", "sleep 3000"]


# What the page sees of the host


def test_the_commands_run_as_a_reader(sandbox: Sandbox) -> None:
    assert sandbox.run("id -un; id -u; id -g; hostname; echo ~; pwd").output.split() == [
        *("reader", "1000", "1000", "host", "/home/reader", "/srv/mysite"),
    ]
    assert sandbox.run("touch /usr/x /etc/x /x; mount -t tmpfs none /tmp; echo 1 > /proc/sys/kernel/panic").status != 0
    writable = sandbox.run("awk '$4 !~ /^ro/ {print $2}' /proc/mounts | grep -v -e ^/dev/ | sort").output
    assert writable == "/home/reader\n/proc\n/run\n/srv/mysite\n/srv/mysite/.venv\n/tmp\n/var/tmp\n"
    wanted = {"HOME", "LANG", "OLDPWD", "PATH", "PWD", "SHELL", "TERM", "USER", "VIRTUAL_ENV"}
    assert {name for name in sandbox.environment() if not name.startswith(("PIP_", "PYTHON"))} <= wanted


def test_the_host_is_out_of_sight(sandbox: Sandbox, tmp_path: Path) -> None:
    with ExitStack() as stack:
        for folder in (Path.home(), Path(tempfile.gettempdir()), tmp_path, ROOT):
            secret = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder, prefix="snippets-secret-"))
            assert sandbox.run(f"cat {secret.name}").status == 1
        assert sandbox.run("find / -name 'snippets-secret-*' 2>/dev/null").output == ""
    assert sandbox.run("ls -A ~ /tmp /home | cat").output == "/home:\nreader\n\n/home/reader:\n\n/tmp:\n"
    assert len(sandbox.run("ls -d /proc/[0-9]*").output.split()) <= 4


def test_nothing_beyond_loopback(sandbox: Sandbox) -> None:
    connect = "python -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), timeout=5)'"
    assert "Network is unreachable" in sandbox.run(connect).output
    assert sandbox.run("ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1").output.split() == ["lo"]
    assert sandbox.run("python -c 'import socket; socket.create_server((\"localhost\", 80))'") == ok("")


def test_pip_installs_from_the_wheels(sandbox: Sandbox) -> None:
    assert sandbox.run("python -m pip list --format=freeze | grep -v -e ^pip= -e ^setuptools=") == Ran("", 1, "exited")
    assert sandbox.run("python -m pip install --quiet tiny && python -m tiny") == ok("tiny runs\n")
    assert "No matching distribution" in sandbox.run("python -m pip install flask").output


@needs_namespaces
def test_one_page_leaves_nothing_to_the_next(wheels: Path, sandbox: Sandbox) -> None:
    sandbox.run("python -m pip install --quiet tiny; touch x ~/x /tmp/x; rm -rf .venv/lib")
    with Sandbox(wheels=wheels, layers=LAYERS) as other:
        assert other.run("ls -A . ~ /tmp | cat").output == ".:\n.venv\n\n/home/reader:\n\n/tmp:\n"
        assert other.run("python -m tiny").status == 1
        assert other.run("python -m pip --version").status == 0


@needs_namespaces
def test_two_at_once_on_one_port(wheels: Path) -> None:
    with ExitStack() as stack:
        both = [stack.enter_context(Sandbox(wheels=wheels, layers=LAYERS)) for _ in range(2)]
        for index, one in enumerate(both):
            one.write(f"file-{index}", "")
            one.write("server.py", SERVER)
            assert one.start("server", "python server.py", ready="8000").state == "ready"
        for index, one in enumerate(both):
            page = one.run("curl -s http://127.0.0.1:8000/").output
            assert [name in page for name in ("file-0", "file-1")] == [index == 0, index == 1]


@needs_namespaces
def test_folders_of_the_host_are_bound_read_only(wheels: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "given").write_text("from outside\n")
    binds = {"/srv/checkout": tmp_path, "/srv/one": tmp_path / "given"}
    with Sandbox(wheels=wheels, layers=LAYERS, binds=binds) as bound:
        assert bound.run("cat /srv/checkout/given /srv/one") == ok("from outside\nfrom outside\n")
        assert bound.run("touch /srv/checkout/new").output.endswith("Read-only file system\n")
        assert bound.run("echo > /srv/one").output.endswith("Read-only file system\n")


def test_a_page_cannot_take_the_machine(sandbox: Sandbox) -> None:
    assert sandbox.run("df --output=size -BM . ~ /tmp /dev/shm | sort -u").output.split() == ["1024M", "1M-blocks"]
    sandbox.write("forks.py", "import os, signal\nwhile os.fork(): pass\nsignal.pause()\n")
    assert "Resource temporarily unavailable" in sandbox.run("python forks.py").output


def test_memory_runs_out_inside_first(sandbox: Sandbox) -> None:
    assert sandbox.run("cat /proc/self/oom_score_adj; ulimit -d") == ok("1000\n4194304\n")


# Nothing outlives it


def alive(mark: str) -> list[int]:
    """Processes of this host, seen from outside, with this in their command line."""
    return [pid for pid, process in processes().items() if mark in process.command]


def gone(pids: list[int], limit: float = 10) -> bool:
    """Whether all these processes end within a limit."""
    with ExitStack() as stack:
        waiting = set()
        for pid in pids:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            stack.callback(os.close, descriptor)
            waiting.add(descriptor)
        while waiting:
            ended = select.select(waiting, [], [], limit)[0]
            if not ended:
                return False
            waiting -= set(ended)
    return True


@needs_namespaces
def test_leaving_ends_daemons(wheels: Path) -> None:
    mark = f"3000{os.getpid()}"
    with Sandbox(wheels=wheels, layers=LAYERS) as left:
        left.run(f"setsid -f sleep {mark}; trap '' TERM INT HUP; sleep {mark} &")
        left.write(f"{mark}.py", SERVER)
        left.start("server", f"python {mark}.py", ready="8000")
        assert len(alive(mark)) == 3
    assert alive(mark) == []


@needs_namespaces
def test_a_killed_parent_takes_everything_along(wheels: Path) -> None:
    mark = f"4000{os.getpid()}"
    script = f"""
import sys
from pathlib import Path
from tests.snippets.sandbox import Sandbox
with Sandbox(wheels=Path({str(wheels)!r}), layers=Path({str(LAYERS)!r})) as sandbox:
    sandbox.run("setsid -f sleep {mark}; touch /tmp/{mark}")
    print("ready", flush=True)
    sandbox.run("sleep {mark}")
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        inside = alive(mark)
        parent.kill()
    assert inside
    assert gone(inside)


@needs_namespaces
def test_the_virtual_environment_is_made_once(tmp_path: Path) -> None:
    layers = tmp_path / "layers"
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(virtual_environment, [layers, layers], ["/srv/mysite", "/srv/mysite"]))
    assert made[0] == made[1]
    assert sorted(path.name for path in layers.iterdir()) == ["root", made[0].name]
    assert "/srv/mysite/.venv" in (made[0] / "bin" / "activate").read_text()


@needs_namespaces
def test_without_an_overlay_the_environment_is_copied(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = "grep -c '^venv /srv/mysite/.venv overlay' /proc/mounts"
    for layered in (True, False):
        monkeypatch.setattr("tests.snippets.sandbox.overlay", lambda layered=layered: layered)
        with Sandbox(wheels=wheels, layers=LAYERS) as one:
            assert one.run("mv .venv/bin old && mkdir .venv/bin && cp -a old/* .venv/bin").status == 0
            assert one.run("python -m pip install --quiet tiny; python -m tiny") == ok("tiny runs\n")
            assert layered or one.run(mounted).output == "0\n"


@needs_namespaces
def test_a_sandbox_in_a_sandbox(wheels: Path) -> None:
    with Sandbox(wheels=wheels, layers=LAYERS, binds={"/srv/checkout/tests": ROOT / "tests"}) as outer:
        outer.write("inner.py", INNER)
        ran = outer.run("PYTHONPATH=/srv/checkout python inner.py", limit=60)
        assert ran == ok(
            "None False\n1000\ntiny-1.0-py3-none-any.whl\n"
            "touch: cannot touch '/srv/all/mysite/x': Read-only file system\n"
            "tiny runs\n"
        )
        assert outer.leftovers() == []


# Without namespaces, and without /proc


def test_processes_and_sockets_without_proc(tmp_path: Path) -> None:
    ours = dict(from_ps())[os.getpid()]
    assert (ours.parent, ours.command) == (os.getppid(), processes()[os.getpid()].command)
    assert not from_file(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert from_file(tmp_path / "socket")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert from_lsof(port) == {str(os.getpid())}
        assert len(listeners(str(port), "/")) == 1


def test_on_the_host(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNIPPETS_SANDBOX", "host")
    assert Sandbox.available() == "SNIPPETS_SANDBOX=host asks for none"
    mark = f"5000{os.getpid()}"
    with HostSandbox(wheels=wheels, layers=LAYERS, binds={"/srv/engine": HERE}) as host:
        assert host.run("pwd; cd; pwd; ls /srv/engine/agent.py; cd - > /dev/null") == ok(
            "/srv/mysite\n/home/reader\n/srv/engine/agent.py\n"
        )
        assert host.run("python -m pip install --quiet tiny; /srv/mysite/.venv/bin/python -m tiny") == ok("tiny runs\n")
        host.write("/srv/mysite/server.py", UNIX_SERVER)
        assert host.start("server", "python server.py", ready="mysite.sock").state == "ready"
        host.run(f"setsid -f sleep {mark}")
        assert host.leftovers() == [f"sleep {mark}"]
        assert host.stop("server", signal="INT", limit=5).status == 3
        folder = Path(host.path("/srv/mysite"))
        assert (folder / "server.py").exists()
    assert alive(mark) == []
    assert not folder.parent.exists()


@needs_namespaces
def test_a_sandbox_that_cannot_start_says_why(wheels: Path) -> None:
    with pytest.raises(SandboxError, match=r"open: the sandbox does not answer; it said: mkdir: .*usr"):
        Sandbox(wheels=wheels, layers=LAYERS, binds={"/usr/x": wheels}).__enter__()
    closed = Sandbox(wheels=wheels, layers=LAYERS)
    with pytest.raises(SandboxError, match="run: the sandbox is not open"):
        closed.run("true")
