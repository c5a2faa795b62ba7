"""Epistula 2, written from its description: sha256 of the body, uuid, milliseconds and receiver, joined by dots and signed by the hotkey."""

import hashlib
import time
import uuid as uuids


def message(body, uuid, timestamp, signed_for):
    return f"{hashlib.sha256(body).hexdigest()}.{uuid}.{timestamp}.{signed_for}"


def sign(keypair, body, signed_for):
    """The headers of a request."""
    timestamp = str(round(time.time() * 1000))
    uuid = str(uuids.uuid4())
    signature = keypair.sign(message(body, uuid, timestamp, signed_for))
    return {
        "Epistula-Version": "2",
        "Epistula-Timestamp": timestamp,
        "Epistula-Uuid": uuid,
        "Epistula-Signed-By": keypair.ss58_address,
        "Epistula-Signed-For": signed_for,
        "Epistula-Request-Signature": "0x" + signature.hex(),
    }


def verify(keypair_of, headers, body, receiver):
    """The sender, where its signature covers this body for this receiver and is at most eight seconds old; else None."""
    read = {name.lower(): value for name, value in headers.items()}
    if read["epistula-signed-for"] != receiver or int(read["epistula-timestamp"]) + 8000 < time.time() * 1000:
        return None
    sender = read["epistula-signed-by"]
    text = message(body, read["epistula-uuid"], read["epistula-timestamp"], receiver)
    return sender if keypair_of(sender).verify(text, read["epistula-request-signature"]) else None
