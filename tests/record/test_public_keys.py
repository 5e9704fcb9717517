"""A room that joins is known as soon as its key is in the list of public keys, without a restart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from meldkamer.record import SigningKeyError, open_signers, public_keys_text, read_public
from meldkamer.record.signing import Signer, Verifier

DIGEST = b"d" * 32


def newcomer(folder: Path, room: str) -> Signer:
    """A room at another site, with a key of its own."""
    return open_signers(folder, [room])[0][room]


def put(folder: Path, text: str) -> None:
    """As the operator's files come: put over the old one, whole."""
    part = folder / "rooms.pub.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / "rooms.pub")


def test_a_room_that_joins_is_trusted_when_the_list_changes(tmp_path: Path) -> None:
    signers, verifier = open_signers(tmp_path / "here", ["LB"])
    zb = newcomer(tmp_path / "there", "ZB")
    signature = zb.sign(DIGEST)
    assert not verifier.knows("ZB") and not verifier.good("ZB", DIGEST, signature)
    put(tmp_path / "here", public_keys_text({"LB": [signers["LB"].public], "ZB": [zb.public]}))
    assert verifier.knows("ZB") and verifier.good("ZB", DIGEST, signature)
    assert not verifier.good("LB", DIGEST, signature)
    assert verifier.good("LB", DIGEST, signers["LB"].sign(DIGEST))


def test_a_room_with_a_new_key_is_trusted_when_the_list_changes(tmp_path: Path) -> None:
    signers, verifier = open_signers(tmp_path / "here", ["LB"])
    new = newcomer(tmp_path / "there", "LB")
    assert not verifier.good("LB", DIGEST, new.sign(DIGEST))
    put(tmp_path / "here", public_keys_text({"LB": [signers["LB"].public, new.public]}))
    assert verifier.good("LB", DIGEST, new.sign(DIGEST)) and verifier.good("LB", DIGEST, signers["LB"].sign(DIGEST))


def test_a_list_that_is_torn_leaves_what_was_known_and_is_read_when_it_is_whole(tmp_path: Path) -> None:
    signers, verifier = open_signers(tmp_path / "here", ["LB"])
    zb = newcomer(tmp_path / "there", "ZB")
    whole = public_keys_text({"LB": [signers["LB"].public], "ZB": [zb.public]})
    put(tmp_path / "here", whole[:40])
    assert not verifier.knows("ZB") and verifier.good("LB", DIGEST, signers["LB"].sign(DIGEST))
    (tmp_path / "here" / "rooms.pub").unlink()
    assert not verifier.knows("ZB") and verifier.knows("LB")
    put(tmp_path / "here", whole)
    assert verifier.knows("ZB")


def test_a_list_that_did_not_change_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, verifier = open_signers(tmp_path / "here", ["LB"])

    def read(folder: Path) -> dict[str, list[bytes]]:
        raise SigningKeyError("read")

    monkeypatch.setattr("meldkamer.record.signing.read_public", read)
    for _ in range(3):
        assert not verifier.good("LB", DIGEST, b"x" * 64) and not verifier.knows("ZB")
    assert not Verifier({}).knows("LB")


def test_a_list_of_the_same_size_and_time_that_is_another_file_counts(tmp_path: Path) -> None:
    """A restored or copied file may keep its old time."""
    signers, verifier = open_signers(tmp_path / "here", ["LB"])
    new = newcomer(tmp_path / "there", "LB")
    path = tmp_path / "here" / "rooms.pub"
    before = path.stat()
    put(tmp_path / "here", public_keys_text({"LB": [new.public]}))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert verifier.good("LB", DIGEST, new.sign(DIGEST)) and read_public(tmp_path / "here") == {"LB": [new.public]}
    assert not verifier.good("LB", DIGEST, signers["LB"].sign(DIGEST))
