"""A request runs to its end although its client has gone.

Django gives up a request whose client disconnects while a view still works in its thread. The thread then ends without
giving its database connection back to the pool: after as many impatient clients as the pool is large, a web process
answers nobody any more. So the news is held back until the answer begins; an open stream still hears of it.
"""

import asyncio
from collections.abc import Callable


def patient(application: Callable) -> Callable:
    """Wrap an ASGI application so that it hears of a lost client before its view works or once it answers."""

    async def wrapped(scope, receive, send) -> None:
        if scope["type"] != "http":
            return await application(scope, receive, send)
        is_read, answer = False, asyncio.Event()

        async def hear() -> dict:
            nonlocal is_read
            message = await receive()
            if message["type"] == "http.disconnect" and is_read:
                await answer.wait()
            is_read = is_read or message["type"] == "http.request" and not message.get("more_body")
            return message

        async def say(message) -> None:
            answer.set()
            await send(message)

        return await application(scope, hear, say)

    return wrapped
