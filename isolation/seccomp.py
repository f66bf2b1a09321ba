"""Which calls of the system a confined process is refused, as a filter for seccomp. The only importer of pyseccomp.

The filter is written by the side that starts the process, since finding libseccomp starts programs, and installed by the process
itself (`isolation.confine`).
"""

import os
from errno import ENOSYS, EPERM
from functools import cache
from types import ModuleType

_REFUSED = (
    # other programs and processes
    *(
        "execve",
        "execveat",
        "fork",
        "vfork",
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "process_madvise",
        "process_mrelease",
    ),
    *("kcmp", "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal"),
    *("setpgid", "setsid", "sched_setscheduler", "sched_setattr", "ioprio_set", "migrate_pages", "move_pages"),
    # sockets and queues
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"),
    *("mq_open", "mq_unlink", "msgget", "semget", "shmget", "shmat"),
    # the system itself
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount"),
    *(
        "open_tree",
        "mount_setattr",
        "swapon",
        "swapoff",
        "reboot",
        "kexec_load",
        "kexec_file_load",
        "init_module",
        "finit_module",
    ),
    *("delete_module", "acct", "quotactl", "quotactl_fd", "syslog", "sethostname", "setdomainname", "settimeofday", "adjtimex"),
    *("clock_settime", "clock_adjtime", "iopl", "ioperm", "modify_ldt", "personality", "nfsservctl", "vhangup"),
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key", "request_key"),
    *("keyctl", "name_to_handle_at", "open_by_handle_at", "fanotify_init", "lookup_dcookie", "memfd_secret"),
    # other users, other owners
    *("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups", "capset"),
    *("chown", "fchown", "lchown", "fchownat", "chmod", "fchmod", "fchmodat", "fchmodat2", "mknod", "mknodat"),
)
_CLONE_THREAD = 0x00010000
_BINARY_TREE = 2


@cache
def _library() -> ModuleType | None:
    try:
        import pyseccomp  # it raises where libseccomp is not installed
    except (ImportError, RuntimeError, OSError):
        return None
    module: ModuleType = pyseccomp
    return module


def calls_filter(pid: int) -> bytes:
    """The filter for the process with that id, which may signal itself alone; empty where libseccomp is not installed."""
    library = _library()
    if library is None:
        return b""
    rules = library.SyscallFilter(library.ALLOW)
    rules.set_attr(library.Attr.CTL_OPTIMIZE, _BINARY_TREE)
    for name in _REFUSED:
        _refuse(library, rules, name, EPERM)
    # A thread is made by clone with flags that a filter can read; clone3 hides them, and libc goes back to clone without it.
    _refuse(library, rules, "clone3", ENOSYS)
    _refuse(library, rules, "clone", EPERM, library.Arg(0, library.MASKED_EQ, _CLONE_THREAD, 0))
    _refuse(library, rules, "tgkill", EPERM, library.Arg(0, library.NE, pid))
    _refuse(library, rules, "prlimit64", EPERM, library.Arg(0, library.NE, 0))
    # In memory: a temporary file could be left behind.
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _refuse(library: ModuleType, rules: object, name: str, error: int, *conditions: object) -> None:
    try:
        rules.add_rule(library.ERRNO(error), name, *conditions)  # type: ignore[attr-defined]
    except (OSError, ValueError):
        return  # this processor or this libseccomp does not know the call: there is nothing to refuse
