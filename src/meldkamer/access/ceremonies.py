"""What a browser is asked for a passkey and how its answer is checked (WebAuthn), by the library.

Apart, so that it is loaded where somebody uses a passkey and not in every room: it takes seven megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

_REFUSED = (WebAuthnException, UnsupportedAlgorithm)


def ask_new(
    host: str, user: tuple[bytes, str, str], challenge: bytes, timeout: int, there: Sequence[bytes]
) -> dict[str, Any]:
    """The question for a new key. user: handle, account and how it is shown; timeout: milliseconds; there: keys that
    the person has, of which none is made twice."""
    handle, name, display = user
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name="Meldkamer",
        user_id=handle,
        user_name=name,
        user_display_name=display,
        challenge=challenge,
        timeout=timeout,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=id) for id in there],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def check_new(credential: dict[str, Any], challenge: bytes, host: str, origin: str) -> VerifiedRegistration:
    """The key that was made. Raises ValueError and what strange bytes give (LookupError, TypeError, AttributeError,
    RecursionError) when it does not fit the question."""
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except _REFUSED as error:
        raise ValueError(str(error)) from error


def ask(host: str, challenge: bytes, timeout: int) -> dict[str, Any]:
    """The question for a signature with any key. timeout: milliseconds."""
    options = webauthn.generate_authentication_options(
        rp_id=host, challenge=challenge, timeout=timeout, user_verification=UserVerificationRequirement.REQUIRED
    )
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def check(credential: dict[str, Any], challenge: bytes, host: str, origin: str, key: bytes) -> int:
    """The sign counter of a signature that fits; the counter itself is for the caller to look at. Raises as
    `check_new`."""
    try:
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _REFUSED as error:
        raise ValueError(str(error)) from error
    return checked.new_sign_count
