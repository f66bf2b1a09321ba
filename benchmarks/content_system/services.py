"""Apache and MariaDB of one's own: on loopback, with all their files in one folder, ended by their process ids."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
PLAYER_HOST = "127.0.0.9"
"""Another host, of which nobody knows anything: its pages are players that posts embed."""

_MODULES = ("mpm_prefork", "authz_core", "mime", "dir", "alias", "deflate", "headers")
_APACHE = """\
ServerRoot {folder}
ServerName {host}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/apache.log
LogLevel warn
Timeout 60
KeepAlive On
StartServers 3
MaxRequestWorkers 8
{modules}
{user}
TypesConfig /etc/mime.types
<Directory />
  Require all denied
</Directory>
{hosts}
"""
_VIRTUAL = """\
Listen {address}:{port}
<VirtualHost {address}:{port}>
  ServerName {address}
  DocumentRoot {root}
  DirectoryIndex index.php index.html
  <Directory {root}>
    Require all granted
    {inside}
  </Directory>
</VirtualHost>
"""
_PHP = """\
LoadModule php_module {module}
<FilesMatch "\\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
"""


class Missing(Exception):
    """Something that the machine lacks; the message says how to get it."""


def require(programs: Mapping[str, str], files: Mapping[str, str]) -> None:
    """Both by what is wanted: the Debian package that brings it. Raises Missing with one command that installs all of them."""
    lacking = {package for name, package in programs.items() if shutil.which(name) is None}
    lacking |= {package for pattern, package in files.items() if not any(Path("/").glob(pattern))}
    if lacking:
        raise Missing(f"Debian packages are missing: apt-get install --no-install-recommends {' '.join(sorted(lacking))}")


def free_port(*addresses: str) -> int:
    """A port that is free on every address at this moment."""
    for _ in range(50):
        with socket.socket() as probe:
            probe.bind((addresses[0], 0))
            port = int(probe.getsockname()[1])
        if all(_is_free(address, port) for address in addresses):
            return port
    raise Missing("No port is free on loopback.")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def hand_to(folder: Path, user: str) -> None:
    """Give a folder and all in it to a user, where we may: a server started by root serves as somebody else."""
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", f"{user}:", str(folder)], check=True)


@contextmanager
def ended(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the context lasts; then it is asked to end, and after 20 seconds made to."""
    with log.open("ab") as out:
        # In a session of its own: an Apache that is asked to end asks its whole process group, us among them.
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def end_left(pid_file: Path, folder: Path) -> None:
    """End the server of an earlier start that was killed before it could: known by its id, and by the folder it was given."""
    try:
        pid = int(pid_file.read_text())
        ours = str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    if ours:
        os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.1)


@contextmanager
def mariadb(folder: Path) -> Iterator[Path]:
    """A database server with its data in the folder, reached by the socket that is given, without any port."""
    data, sock = folder / "data", folder / "sock"
    user = "mysql" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    folder.mkdir(parents=True, exist_ok=True)
    end_left(folder / "pid", folder)
    if not (data / "mysql").is_dir():
        data.mkdir(exist_ok=True)
        hand_to(folder, user)
        _made(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={data}",
                f"--user={user}",
                "--auth-root-authentication-method=normal",
            ]
        )
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={sock}", f"--user={user}", "--skip-networking"]
    small = ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2", f"--pid-file={folder}/pid", "--skip-log-bin"]
    with ended([*command, *small], folder / "log") as server:
        _wait(server, lambda: _answers(sock), folder / "log")
        yield sock


def sql(sock: Path, statement: str) -> None:
    _made(["mariadb", "--no-defaults", "-u", "root", f"--socket={sock}", "-e", statement])


@contextmanager
def apache(folder: Path, sites: Mapping[str, Path], port: int, *, php: bool) -> Iterator[None]:
    """A web server for each address's document root, all on one port. With php, addresses without a file go to index.php."""
    folder.mkdir(parents=True, exist_ok=True)
    end_left(folder / "apache.pid", folder)
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in _MODULES)
    if php:
        modules += "\n" + _PHP.format(module=next(Path("/usr/lib/apache2/modules").glob("libphp*.so")))
    hosts = [
        _VIRTUAL.format(address=address, port=port, root=root, inside="FallbackResource /index.php" if php and not n else "")
        for n, (address, root) in enumerate(sites.items())
    ]
    user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
    text = _APACHE.format(folder=folder, host=HOST, modules=modules, user=user, hosts="\n".join(hosts))
    (folder / "apache.conf").write_text(text, encoding="utf-8")
    with ended(["apache2", "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"], folder / "apache.log") as server:
        _wait(server, lambda: _listens(port), folder / "apache.log")
        yield


def _wait(server: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        if ready():
            return
        time.sleep(0.1)
    raise Missing(f"{server.args!r} did not start: {log.read_text('utf-8', 'replace')[-1500:]}")


def _answers(sock: Path) -> bool:
    if not sock.exists():
        return False
    asked = ["mariadb-admin", "--no-defaults", "-u", "root", f"--socket={sock}", "ping"]
    return subprocess.run(asked, capture_output=True).returncode == 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _made(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"{command[0]} failed: {(done.stderr or done.stdout)[-1500:]}")
