"""What a broken page leaves in the server's own log: that it broke, and no value."""

from __future__ import annotations

import http.client
import logging
import threading

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pipelines.desk_processes import say_no_values


def broken(_: Request) -> Response:
    raise ValueError("王小明 990101199001011234")


def answered(_: Request, __: Exception) -> Response:
    return PlainTextResponse("broken", 500)


def test_an_error_on_a_page_leaves_no_value_in_the_servers_log(caplog: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Route("/", broken)], exception_handlers={Exception: answered})
    say_no_values()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    running = threading.Thread(target=server.run)
    with caplog.at_level(
        logging.INFO, logger="uvicorn.error"
    ):  # whatever another server of this process made of it
        running.start()
        while not server.started:
            assert running.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        client = http.client.HTTPConnection("127.0.0.1", port)
        client.request("GET", "/")
        assert client.getresponse().status == 500
        client.close()
        server.should_exit = True
        running.join()
    assert "Exception in ASGI application" in caplog.text
    assert "王小明" not in caplog.text and "ValueError" not in caplog.text
