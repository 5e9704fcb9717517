"""A file system of its own under each site's data, so that a site can lose its power.

What was not written through is then gone, as after a power cut: the file system is shut down without flushing its
journal (`EXT4_IOC_SHUTDOWN`, Linux `include/uapi/linux/ext4.h`), every process at the site is killed, and the file
system is mounted anew, which replays the journal. Needs root, loop devices and the tools of ext4.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path

from meldkamer.network.sites.files import folder as make_folder
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import NetworkError, Site

SIZE = 512 * 1024 * 1024
"""Bytes of a site's file system; its image is sparse."""
TRIES, PAUSE_SECONDS = 50, 0.1
"""A file system is busy for a moment after the last process on it has ended."""
_SHUTDOWN = 0x8004587D
_WITHOUT_FLUSHING = 2
_CAP_SYS_ADMIN = 21
_TOOLS = ("truncate", "mkfs.ext4", "mount", "umount")


class Disks:
    """The file systems of a drill's sites, by their images in its folder."""

    def __init__(self, keys: Keyring, folder: Path) -> None:
        self._keys, self._folder = keys, folder / "disks"
        self._mounted: list[str] = []

    async def open(self, sites: Iterable[Site]) -> None:
        """Make and mount them, with what already lies in each site's data. Raises NetworkError."""
        if missing := why_not():
            raise NetworkError(f"file systems of their own for sites: {missing}")
        make_folder(self._folder)
        for site in sites:
            data, before = self._data(site.code), self._keys.site(site.code) / "before"
            await _tool("truncate", "-s", str(SIZE), str(self._image(site.code)))
            await _tool("mkfs.ext4", "-q", "-F", str(self._image(site.code)))
            make_folder(data)
            data.rename(before)
            make_folder(data)
            await self._mount(site.code)
            data.chmod(0o700)
            await asyncio.to_thread(shutil.copytree, before, data, dirs_exist_ok=True)
            await asyncio.to_thread(shutil.rmtree, before)
        # What was there before the drill began is nobody's to lose.
        await asyncio.to_thread(os.sync)

    def power_off(self, code: str) -> None:
        """From now on nothing that a site writes is kept, and what it wrote is kept only as far as it was synced."""
        fd = os.open(self._data(code), os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, _SHUTDOWN, struct.pack("I", _WITHOUT_FLUSHING))
        finally:
            os.close(fd)

    async def power_on(self, code: str) -> None:
        """Mount it again, when no process is there any more. Raises NetworkError."""
        await self._unmount(code)
        await self._mount(code)

    async def close(self) -> None:
        """Unmount all and throw their images away. What lay on them is gone."""
        for code in list(self._mounted):
            await self._unmount(code)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _image(self, code: str) -> Path:
        return self._folder / f"{code}.img"

    def _data(self, code: str) -> Path:
        return self._keys.site(code) / "data"

    async def _mount(self, code: str) -> None:
        await _tool("mount", "-o", "loop", str(self._image(code)), str(self._data(code)))
        self._mounted.append(code)

    async def _unmount(self, code: str) -> None:
        for left in reversed(range(TRIES)):
            try:
                await _tool("umount", str(self._data(code)))
                break
            except NetworkError:
                if not left:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
        self._mounted.remove(code)


def why_not() -> str:
    """Why this machine cannot do it; empty when it can try."""
    if os.geteuid() != 0 or not _may_mount():
        return "needs root that may mount"
    if not Path("/dev/loop-control").exists():
        return "needs loop devices"
    absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
    return f"needs {', '.join(absent)}" if absent else ""


def _may_mount() -> bool:
    """Root in a container often may not."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> _CAP_SYS_ADMIN & 1)


async def _tool(name: str, *args: str) -> None:
    process = await asyncio.create_subprocess_exec(
        name, *args, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise NetworkError(f"{name} {' '.join(args)}: {said.decode(errors='replace').strip()}")
