"""From a pack and what was approved since to a pack as it counts: the same loaders, over the same files, laid over."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from meldkamer.pack import Fault, Pack, PackError, QuestionSet, load_pack
from meldkamer.pack.question_files import read_set_texts
from meldkamer.response.runcards import FOLDER, CardBook, RunCardError, approve, cards_of

PLAN = "plan"
"""A folder of a pack that no loader of packs reads."""
ToRd = Callable[[float, float], tuple[float, float]]


class Text(msgspec.Struct, frozen=True):
    """A file's text, who wrote it and who approved it."""

    text: str
    author: str
    approver: str


class PackInForce(msgspec.Struct, frozen=True):
    """A pack with its run cards, both checked."""

    pack: Pack
    book: CardBook


def build(base: Pack, texts: Mapping[str, Text], earlier: Iterable[str], to_rd: ToRd) -> PackInForce:
    """The pack with these files in the place of its own. earlier: texts of question sets that were replaced.

    Raises PackError with every fault, also those of the run cards.
    """
    with tempfile.TemporaryDirectory(prefix="meldkamer-pack-") as name:
        root = Path(name)
        lay(Path(base.folder), root, texts)
        changed = {file.removesuffix(".csv") for file in texts if file.endswith(".csv")}
        pack = load_pack(root, unpromised=changed)
        try:
            book = cards_of(pack, to_rd)
        except RunCardError as error:
            raise PackError(base.folder, error.faults) from error
    known = {(one.id, one.version) for one in pack.question_sets}
    past = {(one.id, one.version): one for one in _sets(earlier)}
    made = msgspec.structs.replace(
        pack,
        folder=base.folder,
        hash=_hash(base, texts),
        past_sets=(*base.past_sets, *(one for key, one in past.items() if key not in known)),
    )
    return PackInForce(made, msgspec.structs.replace(book, folder=str(Path(base.folder) / FOLDER)))


def lay(base: Path, root: Path, texts: Mapping[str, Text]) -> None:
    """Copy a pack to a folder that is there, with these files in the place of its own. Raises OSError."""
    for path in base.iterdir():
        if path.suffix in {".csv", ".toml", ".geojson"}:
            shutil.copyfile(path, root / path.name)
        elif path.is_dir() and path.name != PLAN:
            shutil.copytree(path, root / path.name)
    for file, text in texts.items():
        path = root / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.text.encode())
        if path.parent.name == FOLDER:
            # What the record says of four eyes takes the place of what the folder said of the text before.
            approve(path, text.author, text.approver)


def _sets(texts: Iterable[str]) -> list[QuestionSet]:
    """Sets that were good in their time, whatever has become of what they name."""
    faults: list[Fault] = []
    return read_set_texts(tuple(dict.fromkeys(texts)), faults)


def _hash(base: Pack, texts: Mapping[str, Text]) -> str:
    """Two rooms with the same pack and the same changes say the same."""
    if not texts:
        return base.hash
    digest = hashlib.sha256(base.hash.encode())
    for file in sorted(texts):
        digest.update(f"\0{file}\0".encode() + texts[file].text.encode())
    return digest.hexdigest()
