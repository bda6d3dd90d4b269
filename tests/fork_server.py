"""Imports what a command of svartid imports, once, and forks a process of its own for each start of it.

    python fork_server.py SVARTID COMMAND FD

SVARTID is the program, COMMAND the one whose modules are imported; FD is a UNIX socket: `tests/forked.py` has its
other end. What comes on it is a byte with three descriptors: standard output, standard error, and a socket on which
the argv, the environment and the folder of one start stand. On that it answers the process id, with a descriptor of
the process, and when it has ended its exit code. At the end of FD it kills the children that are left, and ends.

A child goes on at the end of this file, as the program's own script would, with what a fresh process has: no open
files but its own, no signal handled or blocked, and modules of `streams.cli` that nobody has imported.
Linux alone has what it takes.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from typing import Any

UNTOUCHED = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a Ctrl-C is for pytest, which then closes FD
Child = tuple[int, socket.socket]


def prepare(svartid: str, command: str) -> None:
    """Imports all that the command does. `streams.cli` has to find its commands and their application anew."""
    sys.path[0] = os.path.dirname(svartid)  # noqa: PTH120  # pathlib is not imported yet
    gc.disable()  # as svartid does until all is imported
    from streams.cli import load

    load(command)
    for name in [name for name in sys.modules if name.startswith("streams.cli.")]:
        del sys.modules[name]


def serve(control: socket.socket) -> None:
    """Returns in each child, and nowhere else."""
    children: dict[int, Child] = {}  # by the descriptor of the process
    ready = select.poll()
    ready.register(control, select.POLLIN)
    while True:
        for fd, _ in ready.poll():
            if fd != control.fileno():
                ready.unregister(fd)
                reap(fd, *children.pop(fd))
                continue
            _, passed, _, _ = socket.recv_fds(control, 1, 3)
            if not passed:
                end(children)
            output, errors, asked = passed
            answer = socket.socket(fileno=asked)
            start = read(answer)
            if not start:  # whoever asked has ended meanwhile, and FD with them
                answer.close()
            elif pid := os.fork():
                process = os.pidfd_open(pid)
                children[process] = pid, answer
                ready.register(process, select.POLLIN)
                tell(answer, f"{pid}\n", process)
            else:
                let_go(control, answer, children)
                become(start, output, errors)
                return
            os.close(output)
            os.close(errors)


def read(answer: socket.socket) -> dict[str, Any]:
    """What is to be started."""
    with answer.makefile("rb") as file:
        try:
            start: dict[str, Any] = json.load(file)
        except ValueError:
            return {}
    return start


def reap(process: int, pid: int, answer: socket.socket) -> None:
    """A child has ended."""
    _, status = os.waitpid(pid, 0)
    tell(answer, f"{os.waitstatus_to_exitcode(status)}\n")
    answer.close()
    os.close(process)


def tell(answer: socket.socket, what: str, *descriptors: int) -> None:
    """To whoever started that one, who may be gone."""
    try:
        socket.send_fds(answer, [what.encode()], descriptors, socket.MSG_NOSIGNAL)
    except ConnectionError:
        return


def end(children: dict[int, Child]) -> None:
    """Nothing outlives pytest."""
    for pid, _ in children.values():
        os.kill(pid, signal.SIGKILL)
    for process, child in children.items():
        reap(process, *child)
    sys.exit()


def let_go(control: socket.socket, answer: socket.socket, children: dict[int, Child]) -> None:
    """The child has no business with what is the server's."""
    control.close()
    answer.close()
    for process, (_, others) in children.items():
        os.close(process)
        others.close()


def become(start: dict[str, Any], output: int, errors: int) -> None:
    """The process that was asked for."""
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    os.chdir(start["cwd"])
    sys.argv[:] = start["argv"]
    os.environ.clear()
    os.environ.update(start["env"])
    signal.pthread_sigmask(signal.SIG_SETMASK, UNTOUCHED)


if __name__ == "__main__":
    prepare(*sys.argv[1:3])
    serve(socket.socket(fileno=int(sys.argv[3])))
    from streams.cli import main

    main()
