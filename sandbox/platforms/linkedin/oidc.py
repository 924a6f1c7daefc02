"""Sign in with LinkedIn: discovery, keys and id tokens
(https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2)."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.accounts import Account
from sandbox.calls import Call, Reply
from sandbox.platforms.linkedin.identity import SLUG
from sandbox.world import World

KEY = "li_key"
KEY_ID = "sandbox-1"
ID_TTL = 3600


def discovery(call: Call) -> Reply:
    root = issuer(call.world)
    return Reply(
        200,
        {
            "issuer": root,
            "authorization_endpoint": f"{root}/v2/authorization",
            "token_endpoint": f"{root}/v2/accessToken",
            "userinfo_endpoint": f"{call.world.base_url}/linkedin/api/v2/userinfo",
            "jwks_uri": f"{root}/openid/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email"],
            "claims_supported": ["iss", "aud", "iat", "exp", "sub", "name", "given_name", "family_name", "picture"],
        },
    )


def keys(call: Call) -> Reply:
    public: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key(call.world).public_key()))
    return Reply(200, {"keys": [public | {"kid": KEY_ID, "alg": "RS256", "use": "sig"}]})


def id_token(world: World, person: Account, client_id: str) -> str:
    now = int(world.clock.wall(world.clock.now()))
    claims = {"iss": issuer(world), "aud": client_id, "iat": now, "exp": now + ID_TTL, "sub": person.id}
    return jwt.encode(claims | {"name": person.name}, _key(world), algorithm="RS256", headers={"kid": KEY_ID})


def issuer(world: World) -> str:
    return f"{world.base_url}/{SLUG}/api/oauth"


def _key(world: World) -> rsa.RSAPrivateKey:
    """Made once, and kept: what was signed yesterday can be checked today."""
    kept = world.store.get_meta(KEY, "")
    if kept:
        found = serialization.load_pem_private_key(kept.encode(), password=None)
        assert isinstance(found, rsa.RSAPrivateKey)  # noqa: S101 - nothing else is written there
        return found
    fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = fresh.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    world.store.set_meta(KEY, pem.decode())
    return fresh
