"""Keys and HPKE of this project, by pyca cryptography, from docs/format.md alone.

Reads one JSON object from standard input (values in hexadecimal) and writes one:
in:  signing, sealing (secrets), info, wrapped, message
out: signing_public, sealing_public, opened, wrapped (of what was opened, byte order turned), signature
"""

import hashlib
import json
import sys

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519


def xwing(seed: bytes) -> hpke.MLKEM768X25519PrivateKey:
    """draft-connolly-cfrg-xwing-kem, 5.2: 96 bytes grow from the decapsulation key."""
    grown = hashlib.shake_256(seed).digest(96)
    return hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(grown[:64]),
        x25519.X25519PrivateKey.from_private_bytes(grown[64:]),
    )


def main() -> None:
    given = {k: bytes.fromhex(v) for k, v in json.load(sys.stdin).items()}
    signing = ed25519.Ed25519PrivateKey.from_private_bytes(given["signing"])
    grown = hashlib.shake_256(given["sealing"]).digest(96)
    key = xwing(given["sealing"])
    suite = hpke.Suite(
        hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305
    )
    opened = suite.decrypt(given["wrapped"], key, given["info"])
    mlkem_public = mlkem.MLKEM768PrivateKey.from_seed_bytes(grown[:64]).public_key()
    x_public = x25519.X25519PrivateKey.from_private_bytes(grown[64:]).public_key()
    out = {
        "signing_public": signing.public_key().public_bytes_raw(),
        "sealing_public": mlkem_public.public_bytes_raw() + x_public.public_bytes_raw(),
        "opened": opened,
        "wrapped": suite.encrypt(opened[::-1], key.public_key(), given["info"]),
        "signature": signing.sign(given["message"]),
    }
    json.dump({k: v.hex() for k, v in out.items()}, sys.stdout)


main()
