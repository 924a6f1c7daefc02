"""Reading request bodies: small ones into memory, file parts straight to disk."""

import hashlib
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from sandbox.calls import Call, Upload

COPY_BYTES = 1 << 20


async def read_body(request: Request, call: Call, *, max_body: int, spool: Path, to_disk: bool = False) -> None:
    """Fill in the call's body or upload and its hash. Oversized bodies are read to the end but not kept.

    With `to_disk` the body is a file. What has come of it when the client goes away is kept as well; then ClientDisconnect.
    """
    digest = hashlib.sha256()
    if to_disk:
        await _read_file(request, call, digest, spool)
    elif request.headers.get("content-type", "").startswith("multipart/form-data"):
        await _read_multipart(request, call, digest, spool)
    else:
        kept = bytearray()
        async for chunk in request.stream():
            digest.update(chunk)
            if len(kept) + len(chunk) > max_body:
                call.is_too_large = True
            if not call.is_too_large:
                kept += chunk
        call.body = bytes(kept)
    call.body_sha256 = digest.hexdigest()


async def _read_file(request: Request, call: Call, digest: "hashlib._Hash", spool: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as target:
        size = 0
        try:
            async for chunk in request.stream():
                digest.update(chunk)
                size += target.write(chunk)
        finally:
            call.upload = Upload({}, Path(target.name), size)


async def _read_multipart(request: Request, call: Call, digest: "hashlib._Hash", spool: Path) -> None:
    stream = request.stream()

    async def hashed() -> AsyncGenerator[bytes, None]:
        async for chunk in stream:
            digest.update(chunk)
            yield chunk

    try:
        form = await MultiPartParser(request.headers, hashed(), max_files=1).parse()
    except MultiPartException:
        # A file sent as a plain form field, or one too many: the rest must be read for the answer to get through.
        call.is_too_large = True
        await _drain(stream)
        return
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
    call.upload = Upload(fields) if file is None else await _kept(fields, file, spool)
    await form.close()


async def _kept(fields: dict[str, str], file: UploadFile, spool: Path) -> Upload:
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as target:
        size = 0
        while chunk := await file.read(COPY_BYTES):
            size += target.write(chunk)
    return Upload(fields, Path(target.name), size)


async def _drain(stream: AsyncGenerator[bytes, None]) -> None:
    try:
        async for _ in stream:
            pass
    except ClientDisconnect:
        return
