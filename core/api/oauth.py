"""OAuth2 for programs: client credentials, revocation, introspection and the metadata that tells of them (Authlib)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Blueprint, Flask, Response, current_app, jsonify, request

from core.access.clients import PREFIX, KnownClient, end_token, find_client, token_for
from core.access.errors import RateLimited, TokenInvalid
from core.access.scopes import SCOPES
from core.access.tokens import CLIENT_TOKEN_LASTS, Caller, Issued, recognise
from core.access.usage import count_request
from core.base.crypto import token_hash
from core.base.transactions import end_read
from core.web.tenancy import require_face

blueprint = Blueprint("api_oauth", __name__)
TOKEN_REQUESTS_PER_MINUTE = 60
BODY_BYTES_MAX = 16 * 1024
_METHODS = ("client_secret_basic", "client_secret_post")


class OAuthClient:
    """A client as Authlib asks about it."""

    def __init__(self, known: KnownClient) -> None:
        self.known = known

    def get_client_id(self) -> str:
        return self.known.id

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret.startswith(PREFIX) and self.known.knows(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in _METHODS and endpoint in ("token", "revocation", "introspection")

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def check_response_type(self, response_type: str) -> bool:
        return False

    def get_allowed_scope(self, scope: str) -> str:
        """What it asks for as far as it may; all that it may when it asks for nothing."""
        asked = set(scope.split()) if scope else set(self.known.scopes)
        return " ".join(sorted(asked & set(self.known.scopes)))


class TokenGrant(ClientCredentialsGrant):
    """A token for an hour, for the client's id and secret."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(_METHODS)


@dataclass(frozen=True, slots=True)
class _Given:
    """A token that somebody sent: whose it is is asked when it is ended."""

    secret: str

    def check_client(self, client: OAuthClient) -> bool:
        return True


class Revocation(RevocationEndpoint):
    """A client gives a token up. What is not its own is passed over: the answer is always that it is gone."""

    CLIENT_AUTH_METHODS = list(_METHODS)

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Given:
        return _Given(token_string)

    def revoke_token(self, token: _Given, request: Any) -> None:
        end_token(request.client.known, token.secret)


class Introspection(IntrospectionEndpoint):
    """A client asks about a token of its own merchant."""

    CLIENT_AUTH_METHODS = list(_METHODS)

    def query_token(self, token_string: str, token_type_hint: str | None) -> Caller | None:
        try:
            return recognise(token_string)
        except TokenInvalid:
            return None

    def check_permission(self, token: Caller, client: OAuthClient, _request: Any) -> bool:
        return token.merchant_id == client.known.merchant_id

    def create_introspection_payload(self, token: Caller | None) -> dict[str, Any]:
        """What is expired or revoked is not recognised in the first place."""
        return self.introspect_token(token) if token is not None else {"active": False}

    def introspect_token(self, token: Caller) -> dict[str, Any]:
        found: dict[str, Any] = {
            "active": True,
            "client_id": token.client_id or token.token_id,
            "scope": " ".join(sorted(token.scopes)),
            "token_type": "Bearer",
            "sub": token.merchant_id,
        }
        if token.expires_at is not None:
            found["exp"] = int(token.expires_at.timestamp())
        return found


def _query_client(client_id: str) -> OAuthClient | None:
    found = find_client(client_id[:40])
    return OAuthClient(found) if found is not None else None


def _generate(
    grant_type: str,
    client: OAuthClient,
    user: Any = None,
    scope: str | None = None,
    expires_in: int | None = None,
    include_refresh_token: bool = False,
) -> dict[str, Any]:
    """Issue a token as this installation keeps them: as a hash."""
    allowed = client.get_allowed_scope(scope or "")
    end_read()
    issued: Issued = token_for(client.known, allowed.split())
    return {
        "token_type": "Bearer",
        "access_token": issued.secret,
        "expires_in": int(CLIENT_TOKEN_LASTS.total_seconds()),
        "scope": allowed,
    }


def _save(_token: dict[str, Any], _request: Any) -> None:
    """The token was written when it was issued."""


def init_app(app: Flask) -> None:
    """Set the server up for this application."""
    server = AuthorizationServer(app, query_client=_query_client, save_token=_save)
    server.register_token_generator("default", _generate)
    server.register_grant(TokenGrant)
    server.register_endpoint(Revocation)
    server.register_endpoint(Introspection)
    app.extensions["tongbao.oauth"] = server
    app.register_blueprint(blueprint)


def _server() -> Any:
    require_face("platform")
    request.max_content_length = BODY_BYTES_MAX
    left = count_request("address:" + token_hash(f"oauth:{request.remote_addr or ''}"), TOKEN_REQUESTS_PER_MINUTE)
    if left.remaining < 0:
        raise RateLimited(left.resets_in)
    return current_app.extensions["tongbao.oauth"]


@blueprint.post("/api/oauth/token")
def token() -> Response:
    """A token for a client's id and secret (grant `client_credentials`)."""
    response: Response = _server().create_token_response()
    return response


@blueprint.post("/api/oauth/revoke")
def revoke() -> Response:
    """A token is given up (RFC 7009)."""
    response: Response = _server().create_endpoint_response(Revocation.ENDPOINT_NAME)
    return response


@blueprint.post("/api/oauth/introspect")
def introspect() -> Response:
    """Whether a token works, and what for (RFC 7662)."""
    response: Response = _server().create_endpoint_response(Introspection.ENDPOINT_NAME)
    return response


@blueprint.get("/.well-known/oauth-authorization-server")
def metadata() -> Response:
    """Where everything is (RFC 8414)."""
    require_face("platform")
    issuer = request.host_url.rstrip("/")
    return jsonify(
        {
            "issuer": issuer,
            "token_endpoint": f"{issuer}/api/oauth/token",
            "revocation_endpoint": f"{issuer}/api/oauth/revoke",
            "introspection_endpoint": f"{issuer}/api/oauth/introspect",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": list(_METHODS),
            "revocation_endpoint_auth_methods_supported": list(_METHODS),
            "introspection_endpoint_auth_methods_supported": list(_METHODS),
            "scopes_supported": sorted(SCOPES),
            "service_documentation": f"{issuer}/api/docs",
        }
    )
