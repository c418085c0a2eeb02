import asyncio
import contextlib

import uvicorn


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


async def shop(scope, receive, send):
    """An ASGI application."""
    if scope["path"] == "/payments":
        pay()
    status = {"/orders/A-17": 200, "/busy": 503}.get(scope["path"], 404)
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


async def ask(port, target):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
    with contextlib.closing(writer):
        await reader.read()


async def main():
    config = uvicorn.Config(shop, port=0, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.get_running_loop().create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    for target in ("/orders/A-17", "/orders/A-17?full=1&who=%D0%B0", "/gone", "/payments", "/busy"):
        await ask(port, target)
    server.should_exit = True
    await serving


asyncio.run(main())
