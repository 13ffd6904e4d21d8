"""`.../pods/NAME/exec`: runs a command in a container and carries its streams over a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from airside.apiserver import status
from airside.apiserver.address import parse_address
from airside.apiserver.context import Context
from airside.apiserver.exec import channels
from airside.apiserver.exec.process import PIECE, TO_DRAIN, Command, NotRunnable, Running, run_command
from airside.apiserver.logs.request import choose_container
from airside.apiserver.metadata import text_of
from airside.installation.records import ContainerRecord
from airside.store import Store

_TRUE = frozenset({"1", "true", "True"})
MOST_WAITING = 128
"""Messages of input that a program has not read yet."""
_CHANNELS = {"stdout": channels.STDOUT, "stderr": channels.STDERR}


async def serve_exec(socket: WebSocket, store: Store, context: Context) -> None:
    protocol = channels.choose_protocol(socket.scope.get("subprotocols", []))
    try:
        if protocol is None:
            raise status.bad_request(f"exec speaks {' and '.join(channels.PROTOCOLS)}; kubectl does from 1.30 on")
        command = _command(socket, store, context)
    except status.ApiError as error:
        await socket.send_denial_response(JSONResponse(error.to_json(), error.code))
        return
    await socket.accept(protocol)
    try:
        async with run_command(command) as running:
            final = await _converse(socket, running)
    except NotRunnable as error:
        final = channels.failed_status(f"Internal error occurred: {error}")
    if final is not None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it left at the very end
            await socket.send_bytes(final)
            await socket.close()


def _command(socket: WebSocket, store: Store, context: Context) -> Command:
    """Raises ApiError."""
    address, query = parse_address(socket.url.path), socket.query_params
    stored = store.get(address.key)
    if stored is None:
        raise status.not_found(address.kind, address.name)
    container = choose_container(stored.raw, query.get("container", ""))
    argv = query.getlist("command")
    if not argv:
        raise status.bad_request("you must specify at least one command for the container")
    try:
        record = ContainerRecord.parse(context.home.pod(text_of(stored.raw, "uid")).container(container).read_text())
    except (OSError, ValueError) as error:
        raise status.bad_request(f'container "{container}" of pod "{address.name}" does not run yet') from error
    return Command(argv, record.env, record.cwd, query.get("stdin") in _TRUE, query.get("tty") in _TRUE)


async def _converse(socket: WebSocket, running: Running) -> bytes | None:
    """The final Status; None when the client left before the end."""
    async with asyncio.TaskGroup() as tasks:
        # Between the client and a program that does not read there is room for some input, so that the client's leaving is noticed.
        said: asyncio.Queue[channels.Said] = asyncio.Queue(MOST_WAITING)
        listening = tasks.create_task(_listen(socket, said))
        feeding = tasks.create_task(_feed(said, running))
        speaking = [tasks.create_task(_speak(socket, reader, _CHANNELS[name])) for name, reader in running.outputs.items()]
        ending = tasks.create_task(running.ended())
        await asyncio.wait((listening, ending), return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            await asyncio.wait(speaking, timeout=TO_DRAIN)
        for task in (listening, feeding, *speaking, ending):
            task.cancel()
    return channels.final_status(ending.result()) if not ending.cancelled() else None


async def _listen(socket: WebSocket, said: asyncio.Queue[channels.Said]) -> None:
    """Takes in what the client says until it leaves."""
    with contextlib.suppress(WebSocketDisconnect, KeyError):  # KeyError: a text message, which the protocol does not have
        while True:
            message = channels.parse_message(await socket.receive_bytes())
            if message is not None:
                await said.put(message)


async def _feed(said: asyncio.Queue[channels.Said], running: Running) -> None:
    while True:
        match await said.get():
            case channels.Input(data):
                await running.write(data)
            case channels.InputEnded():
                await running.end_input()
            case channels.Resized(columns, rows):
                running.resize(columns, rows)


async def _speak(socket: WebSocket, reader: asyncio.StreamReader, channel: int) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while data := await reader.read(PIECE):
            await socket.send_bytes(channels.format_message(channel, data))
