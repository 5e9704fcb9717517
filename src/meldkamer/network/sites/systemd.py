"""Units for systemd: a site's servers and its application start with the machine and are started again when they fail.

The site's folder lies at FOLDER, the program is installed in PROGRAMS (docs/deploy.md says how). Nothing runs as root,
and nothing may write outside its own data.
"""

from __future__ import annotations

from meldkamer.network.sites.model import Site

FOLDER = "/srv/meldkamer"
PROGRAMS = "/opt/meldkamer/bin"
USER = "meldkamer"

CORE_UNIT = "meldkamer-core.service"
SERVER_UNIT = "meldkamer-room-server.service"
ROOM_UNIT = "meldkamer-room.service"

_SAFE = """NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077
"""


def units(site: Site) -> dict[str, str]:
    """File name -> text of each unit of the site."""
    made = {
        SERVER_UNIT: _unit(f"meldkamer {site.code}: room server", f"{PROGRAMS}/nats-server --config room.conf"),
        ROOM_UNIT: _unit(
            f"meldkamer {site.code}: application",
            f"{PROGRAMS}/meldkamer room meldkamer.toml",
            after=SERVER_UNIT,
            reload=False,
        ),
    }
    if site.core:
        made[CORE_UNIT] = _unit(f"meldkamer {site.code}: core server", f"{PROGRAMS}/nats-server --config core.conf")
    return made


def _unit(title: str, command: str, after: str = "", reload: bool = True) -> str:
    again = "ExecReload=/bin/kill -HUP $MAINPID\n" if reload else ""
    return (
        f"[Unit]\nDescription={title}\n"
        f"Wants=network-online.target\nAfter=network-online.target{f' {after}' if after else ''}\n"
        # A control room's server is tried again for ever: the default gives up after five times in ten seconds.
        f"StartLimitIntervalSec=0\n\n"
        f"[Service]\nUser={USER}\nGroup={USER}\nWorkingDirectory={FOLDER}\nExecStart={command}\n{again}"
        # SIGTERM lets a server hand over what it leads; killing it costs the network an election.
        f"KillSignal=SIGTERM\nTimeoutStopSec=30\nRestart=always\nRestartSec=1\nLimitNOFILE=65536\n"
        f"ReadWritePaths={FOLDER}/data\n{_SAFE}\n"
        f"[Install]\nWantedBy=multi-user.target\n"
    )
