"""Tokens of PyJWT.

Reads from standard input a JSON list of
    {"alg": ..., "claims": {...}, "header": {...}, "key": a secret}
or, instead of "key", "pem": the name of a file with a private key, and writes
{"tokens": [...], "keys": the text of the public keys as PEM} as JSON.
"""

import json
import sys

import jwt
from cryptography.hazmat.primitives import serialization


def public_pem(path):
    with open(path, "rb") as file:
        key = serialization.load_pem_private_key(file.read(), None)

    return key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def token(job):
    key = job.get("key")

    if "pem" in job:
        with open(job["pem"], encoding="ascii") as file:
            key = file.read()

    return jwt.encode(job["claims"], key, job["alg"], headers=job["header"])


jobs = json.load(sys.stdin)
paths = sorted({job["pem"] for job in jobs if "pem" in job})

json.dump({"tokens": [token(job) for job in jobs],
           "keys": "".join(public_pem(path) for path in paths)}, sys.stdout)
