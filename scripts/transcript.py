#!/usr/bin/env python3
"""Writes what commands print into a page: every `$` line of its console blocks is run, in order, and what it prints stands below it.

transcript.py PAGE FOLDER [COLUMNS]

Commands run in FOLDER, at a terminal of COLUMNS (88) columns. A block of another language whose first line is a comment
with a file's name is written to that file before. Nothing is cut or changed: a command that prints too much for a page is
given a `head`. A command that fails stops the script, and the page stays as it was.
"""
import fcntl, os, pathlib, pty, re, select, struct, subprocess, sys, termios

page, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
columns = int(sys.argv[3]) if len(sys.argv) > 3 else 88


def printed(command):
    """Standard output of a terminal and, where it stands between, standard error of none: progress is not for a page."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    errors, error = os.pipe()
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=theirs, stderr=error)
    os.close(theirs)
    os.close(error)
    text, open_ends = b"", [ours, errors]
    while open_ends:
        for end in select.select(open_ends, [], [])[0]:
            try:
                part = os.read(end, 65536)
            except OSError:  # a terminal whose other side is gone
                part = b""
            text += part
            if not part:
                open_ends.remove(end)
    if process.wait() != 0:
        sys.exit(f"{command}\n{text.decode()}\nended with {process.returncode}; {page} is as it was")
    return "\n".join(line.rstrip() for line in text.decode().replace("\r\n", "\n").rstrip("\n").split("\n"))


def block(match):
    language, body = match.group(1), match.group(2)
    if language != "console":
        name = re.match(r"# (\S+\.\w+)\n", body)
        if name:
            (folder / name.group(1)).parent.mkdir(parents=True, exist_ok=True)
            (folder / name.group(1)).write_text(body)
        return match.group(0)
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", body, re.M)
    shown = []
    for command in commands:
        print("$", command, flush=True)
        output = printed(command)
        shown.append(f"$ {command}\n" + (output + "\n" if output else ""))
    return "```console\n" + "".join(shown) + "```\n"


text = page.read_text()
written = re.sub(r"```(\w+)\n(.*?)```\n", block, text, flags=re.S)
page.write_text(written)
