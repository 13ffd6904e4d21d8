"""What installations claim of the machine they share: a registry that all of them find, whoever's they are, under a lock."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from airside.installation import process
from airside.installation.claims import Claim, choose
from airside.installation.errors import Unavailable
from airside.installation.home import Home
from airside.installation.watch import busy_subnets

REGISTRY = Path(tempfile.gettempdir()) / "airside-claims"


def read_claim(home: Home) -> Claim | None:
    try:
        return Claim.parse(home.claim.read_text())
    except (FileNotFoundError, ValueError):
        return None


@contextlib.contextmanager
def locked(path: Path, mode: int = 0o600) -> Iterator[None]:
    """Alone among those who lock `path`; the kernel lets go of it with the process, however that ends."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags)  # without O_CREAT: the kernel refuses that for another user's file in /tmp
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT, mode)
    try:
        found = os.fstat(descriptor)
        if found.st_uid == os.geteuid() and found.st_nlink == 1:  # not another name of some other file of ours
            os.fchmod(descriptor, mode)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_to_all(registry: Path) -> None:
    """Make the directory that all users share. Another user may have put something else there: a link is not followed."""
    registry.mkdir(exist_ok=True)
    try:
        descriptor = os.open(registry, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(f"{registry} must be a directory, for installations to say there what they hold: {error.strerror}") from error
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, 0o1777)
    finally:
        os.close(descriptor)


def claim(home: Home, registry: Path = REGISTRY, find_busy: Callable[[], Collection[int]] = busy_subnets) -> Claim:
    """Take addresses and ports for this home, or keep those it has. Raises Unavailable when all are held.

    The machine is asked too: a registry can be swept (it lies where temporary files do) while those who had written there go on.
    """
    _open_to_all(registry)
    with locked(registry / "lock", 0o666):
        held = _held(registry)
        mine = read_claim(home)
        if mine is not None and all(claim.subnet != mine.subnet for claim in held):
            held.append(mine)  # a block in common does no harm: the agent tries each port before it gives it
        known = any(claim.home == str(home.root) for claim in held)
        taken = choose(str(home.root), held, () if known else find_busy())
        if taken is None:
            raise Unavailable(f"all address ranges and port blocks are held by other installations; {registry} names them")
        process.write_file(_claim_file(registry, taken), taken.print(), mode=0o644)
        process.write_file(home.claim, taken.print())
    return taken


def _claim_file(registry: Path, claim: Claim) -> Path:
    """By user too: nobody can replace another user's file, not even one that no longer counts."""
    return registry / f"{claim.subnet}.{os.getuid()}.claim"


def _held(registry: Path) -> list[Claim]:
    """The claims that still count; files of installations that are gone are removed."""
    held = []
    for path in registry.glob("*.claim"):
        try:
            found = Claim.parse(path.read_text())
        except ValueError:
            continue
        if _counts(found):
            held.append(found)
        else:
            with contextlib.suppress(PermissionError, FileNotFoundError):
                path.unlink()
    return held


def _counts(found: Claim) -> bool:
    try:
        return read_claim(Home(Path(found.home))) == found
    except PermissionError:
        return True  # another user's home: believed


def release(home: Home, registry: Path = REGISTRY) -> None:
    """Give the claim back; harmless when there is none.

    Both files go under the lock: were the home's gone first, another installation could take the range over before the
    registry's is removed, and lose its own with it.
    """
    if not registry.is_dir():
        home.claim.unlink(missing_ok=True)
        return
    with locked(registry / "lock", 0o666):
        mine = read_claim(home)
        if mine is not None and mine in _held(registry):  # what stands there under the same number may be another's
            _claim_file(registry, mine).unlink(missing_ok=True)
        home.claim.unlink(missing_ok=True)
