"""DKIM (RFC 6376): what leaves is signed in the domain's name. The only file that knows dkimpy.

Signed at each delivery and not at queueing: the key is the worker's alone, and may be replaced
while mails wait.
"""

import os
import stat
from dataclasses import dataclass, replace
from typing import Any

from overseer.errors import Refused, UsageError
from overseer.mail.addresses import read_addresses
from overseer.mail.draft import LARGEST_HEAD, read_draft
from overseer.outbox.courier import Courier as Carrier
from overseer.outbox.parcel import Job, Verdict, dead

MISSING = "the library dkimpy is not installed; run pip install 'overseer-supervisor[dkim]'"
FEWEST_BITS = 1024
"""Receivers take shorter keys for none (RFC 8301)."""
ALSO_SIGNED = (b"list-unsubscribe", b"list-unsubscribe-post")
LARGEST_KEY = 2**16
"""Bytes of a key file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Where receivers find the public key, SELECTOR._domainkey.DOMAIN, and the file of ours."""

    domain: str
    selector: str
    key_file: str


class Signer:
    """The key in memory; one serves all threads."""

    def __init__(self, identity: Identity) -> None:
        """Raises Refused without the library, UsageError for a key that cannot be used."""
        self._identity = identity
        self._key = read_key(identity.key_file)

    def sign(self, body: bytes) -> bytes:
        """The message with its signature in front; as it is, if it is of another domain.

        UsageError for one that cannot be signed.
        """
        if not self._is_ours(body):
            return body
        dkim = load_library()
        identity = self._identity
        try:
            signature = dkim.DKIM(body)
            header: bytes = signature.sign(
                identity.selector.encode(),
                identity.domain.encode(),
                self._key,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=signed_headers(signature),
            )
        except dkim.DKIMException as error:
            raise UsageError(f"cannot be signed: {error}") from error
        return header + body

    def before(self, carrier: Carrier) -> Carrier:
        return Courier(self, carrier)

    def _is_ours(self, body: bytes) -> bool:
        """Whether it says that all who wrote it are of the domain, or of one below."""
        try:
            texts = read_draft(body[:LARGEST_HEAD]).texts("from")
            authors = [one for text in texts for one in read_addresses("from", text)]
        except UsageError:
            return False
        ours = self._identity.domain
        domains = {one.domain.lower() for one in authors}
        return bool(domains) and all(f".{one}".endswith(f".{ours}") for one in domains)


class Courier:
    """Signs what another carries."""

    def __init__(self, signer: Signer, carrier: Carrier) -> None:
        self._signer = signer
        self._carrier = carrier

    def deliver(self, job: Job) -> Verdict:
        try:
            signed = self._signer.sign(job.body)
        except UsageError as error:
            return dead(str(error))
        return self._carrier.deliver(replace(job, body=signed))

    def rest(self) -> None:
        self._carrier.rest()

    def close(self) -> None:
        self._carrier.close()


def signed_headers(signature: Any) -> list[bytes]:
    """Those of the library, and what it does not know: without it a receiver must not unsubscribe
    by one click (RFC 8058, section 4)."""
    names: list[bytes] = signature.default_sign_headers()
    there = {name.lower() for name, _ in signature.headers} - {name.lower() for name in names}
    return names + [name for name in ALSO_SIGNED if name in there]


def read_key(path: str) -> bytes:
    """UsageError for a file that others may read, and for one that holds no RSA key."""
    load_library()
    from dkim.crypto import UnparsableKeyError, parse_pem_private_key

    try:
        with open(path, "rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read(LARGEST_KEY)
    except OSError as error:
        raise UsageError(f"--dkim-key {path}: {error.strerror}") from error
    if mode & stat.S_IRWXO:
        raise UsageError(
            f"--dkim-key {path}: is open to everybody (mode {mode:o}), who could sign in your name;"
            f" run chmod o= {path}"
        )
    try:
        bits = parse_pem_private_key(raw)["modulus"].bit_length()
    except (UnparsableKeyError, ValueError, LookupError, TypeError) as error:
        raise UsageError(
            f"--dkim-key {path}: is no RSA key in PEM without a passphrase; make one with"
            " openssl genrsa -out FILE 2048"
        ) from error
    if bits < FEWEST_BITS:
        raise UsageError(f"--dkim-key {path}: has {bits} bits, which receivers take for no key")
    return raw


def load_library() -> Any:
    try:
        import dkim
    except ModuleNotFoundError as error:
        if error.name != "dkim":
            raise
        raise Refused(MISSING) from error
    return dkim
