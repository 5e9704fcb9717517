"""What `init` writes: keys once, secrets for their owner only, a person's changes kept, configurations that agree."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from meldkamer.domain.clock import FakeClock, SystemClock
from meldkamer.network.sites import certificates
from meldkamer.network.sites.keyring import MASTER, SIGNING, Keyring
from meldkamer.network.sites.model import Network, NetworkError
from meldkamer.network.sites.server_config import config_text, read_config, server_config
from meldkamer.network.sites.setting_up import open_folder, set_up
from meldkamer.record import read_public
from meldkamer.settings import read_settings
from tests.nats.server import binary
from tests.network.sites.running import network, plan, written


@pytest.fixture
def three() -> Network:
    return network(cores=3, rooms=3)


def test_every_file_is_for_its_owner_only_and_a_second_time_changes_nothing(tmp_path: Path, three: Network) -> None:
    root = tmp_path / "net"
    first = set_up(root, three, plan(three), SystemClock())
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path.stat().st_mode & 0o077 for path in root.rglob("*") if path.is_file()} == {0}
    assert root.stat().st_mode & 0o077 == 0
    again = set_up(root, three, plan(three), SystemClock())
    assert len(first.changed) > 10 and again.changed == () and again.kept == ()
    assert files == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_private_key_stays_at_one_place(tmp_path: Path, three: Network) -> None:
    written(tmp_path, three)
    secrets = [path.read_bytes() for path in tmp_path.rglob("*") if path.suffix in (".key", ".nk")]
    assert len(secrets) == len(set(secrets)) == 3 * 7 + 4
    assert not list((tmp_path / "sites").rglob("ca.key"))
    others = [path.read_text() for path in tmp_path.rglob("*") if path.suffix in (".conf", ".toml", ".service")]
    assert not any("SU" in word[:2] and len(word) == 58 for text in others for word in text.split('"'))


def test_a_configuration_that_somebody_changed_is_kept(tmp_path: Path, three: Network) -> None:
    written(tmp_path, three)
    mine = tmp_path / "sites" / "LB" / "core.conf"
    mine.write_text(mine.read_text() + "# my own remark\n")
    set_up(tmp_path, three, plan(three), SystemClock())  # nothing new to say: it stays alone
    clock = SystemClock()
    Keyring(tmp_path, clock).revoke(three.site("OB"))
    done = set_up(tmp_path, three, plan(three), clock)
    assert mine in done.kept and "my own remark" in mine.read_text()
    assert "my own remark" not in mine.with_name("core.conf.new").read_text()
    assert tmp_path / "sites" / "OB" / "core.conf" in done.changed


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path, three: Network) -> None:
    written(tmp_path, three)
    (tmp_path / "sites" / "LB" / "app.nk").chmod(0o644)
    with pytest.raises(NetworkError, match=r"app\.nk: others may read it"):
        written(tmp_path, three)


def test_a_key_file_with_something_else_in_it_is_named(tmp_path: Path, three: Network) -> None:
    written(tmp_path, three)
    (tmp_path / "sites" / "LB" / "leaf.nk").write_text("hello\n")
    with pytest.raises(NetworkError, match=r"leaf\.nk"):
        written(tmp_path, three)


def test_another_list_over_the_same_folder_is_refused(tmp_path: Path, three: Network) -> None:
    written(tmp_path, three)
    with pytest.raises(NetworkError, match="other sites"):
        written(tmp_path, network(cores=1, rooms=2))
    with pytest.raises(NetworkError, match="no network here"):
        open_folder(tmp_path / "elsewhere", SystemClock())


def test_revoked_keys_are_left_out_everywhere_and_new_ones_are_let_in(tmp_path: Path, three: Network) -> None:
    keys = written(tmp_path, three)
    before = {name: keys.user(keys.site("OB"), name)[0] for name in ("app", "audit", "leaf")}
    pins = {name: keys.pin(keys.site("OB"), name)[0] for name in ("app", "core")}
    assert keys.revoke(three.site("OB")) == 5
    set_up(tmp_path, three, plan(three), SystemClock())
    texts = "".join(path.read_text() for path in tmp_path.rglob("*.conf"))
    assert not any(key in texts for key in [*before.values(), *pins.values()])
    assert all(keys.user(keys.site("OB"), name)[0] in texts for name in before)
    assert all(keys.pin(keys.site("OB"), name)[0] in texts for name in pins)
    assert (next(keys.site("OB").glob("revoked-*")) / "app.nk").exists()


def test_every_site_signs_with_its_own_key_knows_all_rooms_keys_and_shares_the_master_key(
    tmp_path: Path, three: Network
) -> None:
    keys = written(tmp_path, three)
    folders = [keys.site(site.code) for site in three.sites]
    assert len({(folder / MASTER).read_bytes() for folder in (keys.operator, *folders)}) == 1
    known = read_public(folders[0] / SIGNING)
    assert all(read_public(folder / SIGNING) == known for folder in folders) and set(known) == {"LB", "OB", "ZB"}
    own = {folder.name: [path.name for path in (folder / SIGNING).glob("*.pem")] for folder in folders}
    assert own == {code: [f"{code}.pem"] for code in known}
    keys.revoke(three.site("OB"))
    set_up(tmp_path, three, plan(three), SystemClock())
    renewed = read_public(folders[0] / SIGNING)
    assert renewed["OB"][:1] == known["OB"] and len(renewed["OB"]) == 2 and renewed["LB"] == known["LB"]


def test_configurations_survive_the_way_to_the_file_and_back(tmp_path: Path, three: Network) -> None:
    keys = written(tmp_path, three)
    for server in three.servers():
        config = server_config(three, server, keys, plan(three))
        assert read_config(config_text(config, "two\nlines")) == config
        assert read_config((keys.site(server.site.code) / f"{server.kind}.conf").read_text()) == config
        assert config["jetstream"]["sync_interval"] == "always"
        assert config["tls"]["verify"] and config["tls"]["pinned_certs"]


def test_the_server_accepts_each_configuration(tmp_path: Path, three: Network) -> None:
    keys = written(tmp_path, three)
    for server in three.servers():
        said = subprocess.run(
            [binary(), "-t", "-c", f"{server.kind}.conf"],
            cwd=keys.site(server.site.code),
            capture_output=True,
            text=True,
        )
        assert said.returncode == 0, said.stderr


def test_the_room_accepts_its_settings(tmp_path: Path, three: Network) -> None:
    written(tmp_path, three)
    settings = read_settings(tmp_path / "sites" / "LB" / "meldkamer.toml")
    assert settings.rooms == ("LB",) and settings.port == three.site("LB").ports.desk


def test_a_certificate_is_renewed_for_the_same_key(tmp_path: Path, three: Network) -> None:
    keys = written(tmp_path, three)
    before, ends = keys.pin(keys.site("LB"), "app"), keys.expiry(three.site("LB"))
    (keys.site("LB") / "app.pem").unlink()
    with pytest.raises(NetworkError, match="`meldkamer network init` makes what is missing"):
        keys.expiry(three.site("LB"))
    assert set_up(tmp_path, three, plan(three), SystemClock()).changed == ()
    assert keys.pin(keys.site("LB"), "app") == before and keys.expiry(three.site("LB")) >= ends


def test_a_certificate_says_whose_it_is_and_for_how_long(tmp_path: Path) -> None:
    clock = FakeClock()
    keys = Keyring(tmp_path, clock)
    one = network(cores=1, rooms=1)
    keys.make(one)
    pem = (keys.site("LB") / "core.pem").read_bytes()
    assert (certificates.expires(pem).timestamp() * 1000 - clock.now()) / 86_400_000 == certificates.CERTIFICATE_DAYS
    context = ssl.create_default_context(cafile=str(keys.site("LB") / "ca.pem"))
    for name in ("core", "room", "app", "desk"):
        context.load_cert_chain(keys.site("LB") / f"{name}.pem", keys.site("LB") / f"{name}.key")
    assert certificates.pin(pem) != certificates.pin((keys.site("LB") / "room.pem").read_bytes())
