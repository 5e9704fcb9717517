"""Who may come in, what they may do and see, and the proof of what they have seen."""

from meldkamer.access.accounts import Change, SqliteAccounts
from meldkamer.access.administration import (
    AccountView,
    add_account,
    add_machine,
    give_one_time_password,
    list_accounts,
    renew_token,
    set_disabled,
    set_password,
    set_roles,
)
from meldkamer.access.authority import PERSON, PUBLIC, RULES, SESSION, Authority, Need, World, need
from meldkamer.access.bindings import Binding, Bindings
from meldkamer.access.breakglass import BreakGlass, Opening
from meldkamer.access.compartments import (
    Viewer,
    opened_in,
    redact_attention,
    redact_call,
    redact_drawing,
    redact_incident,
    redact_warning,
    viewer_of,
)
from meldkamer.access.demonstration import Colleague, Demonstration, DemonstrationPerson, make_demonstration
from meldkamer.access.errors import (
    AccessError,
    BadAccount,
    Forbidden,
    NotBound,
    NotKept,
    NotProven,
    NotSafeToOpen,
    ProviderAway,
    ReadLogFailed,
    SlowDown,
    WrongCredentials,
)
from meldkamer.access.factors import SecondFactors, reset_second_factor
from meldkamer.access.four_eyes import WAITS_MILLIS, Draft, FourEyes, Waiting, WaitingKind
from meldkamer.access.gate import Gate
from meldkamer.access.oidc import Flows, RelyingParty, read_client_secret
from meldkamer.access.passkeys import QUESTION_MILLIS, Passkey, Passkeys
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import Account, readable_password
from meldkamer.access.provider_gate import Came, ProviderGate
from meldkamer.access.provider_settings import ProviderSettings, check_provider
from meldkamer.access.rate import SignInRate
from meldkamer.access.readlog import Broken, Chained, Reading, ReadLog
from meldkamer.access.roles import RIGHTS, SCOPES, Grant, Roles
from meldkamer.access.sessions import OpenSession, Session, Sessions, SessionView, view
from meldkamer.access.totp import otpauth, secret_text

__all__ = [
    "PERSON",
    "PUBLIC",
    "QUESTION_MILLIS",
    "RIGHTS",
    "RULES",
    "SCOPES",
    "SESSION",
    "WAITS_MILLIS",
    "AccessError",
    "Account",
    "AccountView",
    "Authority",
    "BadAccount",
    "Binding",
    "Bindings",
    "BreakGlass",
    "Broken",
    "Came",
    "Chained",
    "Change",
    "Colleague",
    "Demonstration",
    "DemonstrationPerson",
    "Draft",
    "Flows",
    "Forbidden",
    "FourEyes",
    "Gate",
    "Grant",
    "Need",
    "NotBound",
    "NotKept",
    "NotProven",
    "NotSafeToOpen",
    "OpenSession",
    "Opening",
    "Passkey",
    "Passkeys",
    "Passwords",
    "ProviderAway",
    "ProviderGate",
    "ProviderSettings",
    "ReadLog",
    "ReadLogFailed",
    "Reading",
    "RelyingParty",
    "Roles",
    "SecondFactors",
    "Session",
    "SessionView",
    "Sessions",
    "SignInRate",
    "SlowDown",
    "SqliteAccounts",
    "Viewer",
    "Waiting",
    "WaitingKind",
    "World",
    "WrongCredentials",
    "add_account",
    "add_machine",
    "check_provider",
    "give_one_time_password",
    "list_accounts",
    "make_demonstration",
    "need",
    "opened_in",
    "otpauth",
    "read_client_secret",
    "readable_password",
    "redact_attention",
    "redact_call",
    "redact_drawing",
    "redact_incident",
    "redact_warning",
    "renew_token",
    "reset_second_factor",
    "secret_text",
    "set_disabled",
    "set_password",
    "set_roles",
    "view",
    "viewer_of",
]
