"""An OpenID Connect provider of a county, as a process of its own on loopback: `python county_provider.py PORT`.

It knows no password: who asks is signed in as the account that `/test/next` was told, with the faults that it was told. Codes work once, for
the client, the address and the PKCE challenge they were asked with.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "bulou-desk", "not/for+the%log"
DESK = "http://localhost:8080"
BACK = f"{DESK}/sign-in/county/back"


@dataclass(frozen=True)
class CountyProvider:
    """The running process."""

    issuer: str

    def next(self, account: str, **faults: Any) -> None:
        """As whom the next browser is signed in, and what is wrong with the tokens."""
        httpx.post(
            f"{self.issuer}/test/next", json={"account": account, **faults}, trust_env=False
        ).raise_for_status()

    def asked(self) -> list[str]:
        """The paths that were asked for so far."""
        found: list[str] = httpx.get(f"{self.issuer}/test/asked", trust_env=False).json()
        return found


@contextmanager
def running() -> Iterator[CountyProvider]:
    """The process with its own port, until the end; it has said that it listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.set_inheritable(True)
        port, number = listener.getsockname()[1], listener.fileno()
        child = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(port), str(number)], pass_fds=(number,), close_fds=True
        )
        try:
            # The socket listens already, so the first question waits for the process.
            httpx.get(f"http://127.0.0.1:{port}/test/asked", timeout=60, trust_env=False).raise_for_status()
            yield CountyProvider(f"http://127.0.0.1:{port}")
        finally:
            child.terminate()
            child.wait(30)


def application(issuer: str) -> FastAPI:
    """The provider's routes."""
    keys = {name: RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("old", "new", "other")}
    app = FastAPI(openapi_url=None)
    told: dict[str, Any] = {"account": "nobody"}
    codes: dict[str, dict[str, Any]] = {}
    asked: list[str] = []
    shown = ["old"]

    @app.get("/test/asked")
    def of_test() -> list[str]:
        return asked

    @app.post("/test/next")
    async def next_one(request: Request) -> None:
        told.clear()
        told.update(await request.json())
        shown[:] = ["new"] if told.get("key") == "new" else ["old"]

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        asked.append("discovery")
        return {
            "issuer": told.get("calls_itself", issuer),
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": told.get("token_endpoint", f"{issuer}/token"),
            "jwks_uri": f"{issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    @app.get("/keys")
    def key_set() -> dict[str, Any]:
        asked.append("keys")
        return dict(KeySet([keys[name] for name in shown]).as_dict(private=False))

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        wanted = dict(request.query_params)
        fits = wanted["client_id"] == CLIENT and wanted["redirect_uri"] == BACK
        if not (fits and wanted["response_type"] == "code" and wanted["code_challenge_method"] == "S256"):
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        codes[code] = wanted
        return RedirectResponse(f"{BACK}?{urlencode({'code': code, 'state': wanted['state']})}", 302)

    @app.post("/token")
    async def token(request: Request) -> Response:
        asked.append("token")
        form = dict(await request.form())
        wanted = codes.pop(str(form["code"]), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        login = f"{CLIENT}:{urlencode({'': SECRET})[1:]}".encode()
        is_client = request.headers.get("authorization") == f"Basic {base64.b64encode(login).decode()}"
        if (
            wanted is None
            or not is_client
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != BACK
            or challenge.rstrip(b"=").decode() != wanted["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "any", "token_type": "Bearer", "id_token": _id_token(wanted)})

    def _id_token(wanted: dict[str, Any]) -> str:
        now = int(told.get("now", time.time()))
        claims = {
            "iss": issuer,
            "sub": "4711",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": wanted["nonce"],
            "preferred_username": told["account"],
        } | told.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        if told.get("key") == "none":
            return ".".join(_part(part) for part in ({"alg": "none"}, claims)) + "."
        signed_by = keys[told.get("key", "old")]
        kid = "old" if told.get("key") == "other" else signed_by.kid
        made = jwt.encode({"alg": "RS256", "kid": kid}, claims, signed_by)
        if not told.get("is_forged"):
            return made
        head, _, signature = made.split(".")
        return f"{head}.{_part(claims | {'preferred_username': told['is_forged']})}.{signature}"

    return app


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(application(f"http://127.0.0.1:{sys.argv[1]}"), fd=int(sys.argv[2]), log_level="error")
