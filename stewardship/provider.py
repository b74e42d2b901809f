"""The county's own provider of accounts (OpenID Connect): asks it who somebody is, and believes it only as far as it can be checked.

Authorization code with PKCE. The discovery document, the keys and the tokens come from the issuer that the operator has configured, and
from nowhere else: an endpoint on another origin is refused. An ID token counts when its signature is by one of the issuer's keys, and
issuer, audience, times and nonce are right (OpenID Connect Core 3.1.3.7). No fault says what stood in a token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
DISCOVERY: Final = "/.well-known/openid-configuration"
BACK: Final = "/sign-in/county/back"
PATIENCE_SECONDS: Final = 10
KNOWN_FOR_SECONDS: Final = 3600  # how long the discovery document and the keys are believed
LEEWAY_SECONDS: Final = 60
LONGEST_ANSWER: Final = 1_000_000


class ProviderFault(Exception):
    """The provider did not vouch for anybody, or cannot be believed. The text holds no value of a token."""


class ProviderSilent(ProviderFault):
    """The provider cannot be reached, or does not answer as one."""


@dataclass(frozen=True)
class ProviderSettings:
    """`claim` is what names the account; `desk_url` the desk's address as browsers have it, by which the provider sends them back."""

    issuer: str
    client_id: str
    desk_url: str
    client_secret: str | None = field(default=None, repr=False)
    claim: str = "preferred_username"

    @property
    def back(self) -> str:
        return self.desk_url.rstrip("/") + BACK

    def problems(self) -> list[str]:
        """What is wrong with it, without asking anybody."""
        told = [
            f"{name} must be https:// (or on loopback)"
            for name, url in (("the issuer", self.issuer), ("the desk's address", self.desk_url))
            if not is_safe(url)
        ]
        if not self.client_id:
            told.append("the client's id is missing")
        return told


@dataclass(frozen=True)
class Attempt:
    """One try to sign in. What it sends follows from a secret that only the browser keeps, so nothing is stored."""

    secret: str

    @property
    def state(self) -> str:
        return self._of("state")

    @property
    def nonce(self) -> str:
        return self._of("nonce")

    @property
    def verifier(self) -> str:
        return self._of("verifier")

    def is_answered_by(self, state: str) -> bool:
        return hmac.compare_digest(self.state.encode(), state.encode("utf-8", "replace"))

    def _of(self, use: str) -> str:
        return hmac.new(self.secret.encode(), f"bulou provider {use}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class _Known:
    """What the issuer says of itself, and when it was asked."""

    endpoints: Mapping[str, str]
    methods: tuple[str, ...]
    keys: KeySet
    asked_at: float


class Provider:
    """The provider of one configuration; may be used by several threads."""

    def __init__(self, settings: ProviderSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises: ProviderFault when the settings are unsafe."""
        problems = settings.problems()
        if problems:
            raise ProviderFault(problems[0])
        self._settings = settings
        self._clock = clock
        self._trusted = ssl.create_default_context()  # the certificates that this machine trusts
        self._known: _Known | None = None

    def place_to_ask(self, attempt: Attempt) -> str:
        """Where to send the browser. Raises: ProviderFault."""
        place: str = prepare_grant_uri(
            self._about().endpoints["authorization_endpoint"],
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._settings.back,
            scope="openid profile email" if self._settings.claim == "email" else "openid profile",
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return place

    def vouched(self, code: str, attempt: Attempt, now: float) -> str:
        """The account's name that the provider gives for a code.

        Args:
            now: seconds since 1970, by which the token's times are judged.
        Raises: ProviderFault.
        """
        answer = self._token(code, attempt)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFault("the provider gave no ID token")
        claims = self._checked(token, answer.get("access_token"), attempt, now)
        name = claims.get(self._settings.claim)
        if not isinstance(name, str) or not name.strip():
            raise ProviderFault(f"the ID token has no {self._settings.claim}")
        if self._settings.claim == "email" and claims.get("email_verified") is not True:
            raise ProviderFault("the provider has not verified the address")
        return name.strip().lower()

    def look(self) -> None:
        """Asks the issuer for its document and keys anew. Raises: ProviderFault."""
        self._known = None
        self._about()

    def _token(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        about, secret = self._about(), self._settings.client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.back,
            "code_verifier": attempt.verifier,
        }
        auth = None
        if secret is not None and "client_secret_basic" in about.methods:
            # RFC 6749, 2.3.1: both are form-encoded first.
            auth = httpx.BasicAuth(quote_plus(self._settings.client_id), quote_plus(secret))
        else:
            form |= {"client_id": self._settings.client_id} | ({"client_secret": secret} if secret else {})
        with self._client() as client:
            return _object(client, "POST", about.endpoints["token_endpoint"], data=form, auth=auth)

    def _checked(self, token: str, access: object, attempt: Attempt, now: float) -> CodeIDToken:
        try:
            try:
                found = jwt.decode(token, self._about().keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError):
                # The issuer may have new keys; if not, the second look says the same.
                self.look()
                found = jwt.decode(token, self._about().keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                found.claims,
                found.header,
                options={
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
                params={
                    "nonce": attempt.nonce,
                    "client_id": self._settings.client_id,
                    "access_token": access if isinstance(access, str) else None,
                },
            )
            claims.validate(now=int(now), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as fault:
            # Only the kind: the fault's text may quote the token.
            raise ProviderFault(f"the ID token does not hold: {type(fault).__name__}") from None
        return claims

    def _about(self) -> _Known:
        known = self._known
        if known is None or self._clock() - known.asked_at > KNOWN_FOR_SECONDS:
            known = self._known = self._ask()
        return known

    def _ask(self) -> _Known:
        issuer = self._settings.issuer
        with self._client() as client:
            said = _object(client, "GET", issuer.rstrip("/") + DISCOVERY)
            if said.get("issuer") != issuer:
                raise ProviderFault("the provider calls itself by another issuer than is configured")
            endpoints = {name: said.get(name) for name in ENDPOINTS}
            for name, place in endpoints.items():
                if not isinstance(place, str) or _origin(place) != _origin(issuer):
                    raise ProviderFault(f"the provider's {name} is not on the issuer's own origin")
            keys = _object(client, "GET", str(endpoints["jwks_uri"]))
        try:
            key_set = KeySet.import_key_set({"keys": list(keys["keys"])})
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderFault("the provider's keys cannot be read") from None
        methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Known(
            {name: str(place) for name, place in endpoints.items()},
            tuple(map(str, methods)),
            key_set,
            self._clock(),
        )

    def _client(self) -> httpx.Client:
        """Follows no redirect and no proxy of the environment."""
        return httpx.Client(
            timeout=PATIENCE_SECONDS, trust_env=False, follow_redirects=False, verify=self._trusted
        )


def is_safe(url: str) -> bool:
    """Encrypted, or on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username)
    return bool(host) and is_plain and (parts.scheme == "https" or _is_local(parts))


def _is_local(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ("", None, None)
    return parts.scheme, parts.hostname, port


def _object(client: httpx.Client, method: str, place: str, **more: Any) -> Mapping[str, Any]:
    """A JSON object. Raises: ProviderSilent when there is no answer of that kind, ProviderFault when it is a refusal."""
    try:
        with client.stream(method, place, headers={"accept": "application/json"}, **more) as answer:
            content = b""
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > LONGEST_ANSWER:
                    raise ProviderSilent("the provider's answer is too long")
        if 400 <= answer.status_code < 500 and method == "POST":
            raise ProviderFault(f"the provider refused the code ({answer.status_code})")
        answer.raise_for_status()
        said = json.loads(content)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
        raise ProviderSilent(f"the provider cannot be asked: {type(fault).__name__}") from None
    if not isinstance(said, dict):
        raise ProviderSilent("the provider's answer is no JSON object")
    return said
