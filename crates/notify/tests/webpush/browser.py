"""A browser and its push service, by Mozilla's own libraries: reads pushes, a JSON line each, and says what is in them.

A line is {"private_key", "auth", "body", "authorization"}, its bytes in base64url. The answer is {"text", "claims",
"key", "public_key"}: what the push says, what its token says, by whose key it is signed, and the public half of
`private_key`. What can't be decrypted or verified ends the program.
"""

import base64
import json
import sys

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


for line in sys.stdin:
    push = json.loads(line)
    private_key = ec.derive_private_key(int.from_bytes(decode(push["private_key"]), "big"), ec.SECP256R1())
    text = http_ece.decrypt(
        decode(push["body"]), private_key=private_key, auth_secret=decode(push["auth"]), version="aes128gcm"
    )
    if not Vapid02.verify(push["authorization"]):
        sys.exit("the signature is wrong")
    parts = dict(part.split("=", 1) for part in push["authorization"].removeprefix("vapid ").split(","))
    point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    answer = {
        "text": text.decode(),
        "claims": json.loads(decode(parts["t"].split(".")[1])),
        "key": parts["k"],
        "public_key": base64.urlsafe_b64encode(point).rstrip(b"=").decode(),
    }
    print(json.dumps(answer), flush=True)
