"""The application: a page, a catalogue, a live connection, and files to take away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from ketasim.errors import UserError
from ketasim.explorer.asks import internal, read_json, told_internal
from ketasim.explorer.guard import App, Guard, TooLarge
from ketasim.explorer.live import LONGEST_S, Connection, Workers
from ketasim.explorer.question import Question

# After this long a page is told that the catalogue is still being built, and asks again.
CATALOGUE_S = 10.0
# Everything that is served from disk; nothing else is, whatever a path says.
PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/explorer.js": ("explorer.js", "text/javascript; charset=utf-8"),
    "/explorer.css": ("explorer.css", "text/css; charset=utf-8"),
}


def explorer_app(
    token: str,
    port: int,
    hosts: tuple[str, ...],
    start: Question | None = None,
    *,
    warm: bool = True,
    threads: int | None = None,
) -> App:
    """Return the application, guarded.

    Parameters
    ----------
    token : str
        First part of every path.
    port : int
    hosts : tuple of str
        Under which it may be asked for.
    start : Question, optional
        The page opens with it.
    warm : bool
        Whether to make models ready before anybody asks.
    threads : int, optional
        Of the engine for a population; default: all processors.
    """
    from ketasim.explorer.simulate import use_threads

    use_threads(threads)
    workers = Workers()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if warm:
            loop = asyncio.get_running_loop()
            workers.pools["other"].submit(
                _warm, start, workers, lambda: loop.call_soon_threadsafe(workers.prepared.set)
            )
        else:
            workers.prepared.set()
        try:
            yield
        finally:
            workers.close()

    building: list[asyncio.Future[bytes]] = []

    async def catalogue(_: Request) -> Response:
        from ketasim.explorer.catalogue import catalogue_json

        if not building:
            loop = asyncio.get_running_loop()
            building[:] = [loop.run_in_executor(workers.pools["catalogue"], catalogue_json, start)]
        (future,) = building
        if (await asyncio.wait(building, timeout=CATALOGUE_S))[0]:
            if future.exception():  # told to whoever asks now; the next one has it tried again
                building.clear()
            return Response(future.result(), media_type="application/json")
        told = {"problems": ["the model is being prepared"], "kind": "preparing"}
        return JSONResponse(told, status_code=503, headers={"retry-after": "1"})

    async def live(socket: WebSocket) -> None:
        await Connection(socket, workers).serve()

    async def export(request: Request) -> Response:
        from ketasim.explorer.export import exported

        data = read_json((await request.body()).decode("utf-8", "replace"), "export")
        made = await workers.run("export", exported, data)
        head = {"content-disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.media_type, headers=head)

    async def study(request: Request) -> Response:
        text = (await request.body()).decode("utf-8", "replace")
        return JSONResponse(await workers.run("other", _study, text))

    routes: list[Any] = [Route(path, _page(*file), methods=["GET"]) for path, file in
                         PAGE_FILES.items()]  # fmt: skip
    routes += [
        Route("/catalogue.json", _told(catalogue), methods=["GET"]),
        Route("/export", _told(export), methods=["POST"]),
        Route("/study", _told(study), methods=["POST"]),
        WebSocketRoute("/live", live),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(Exception, _internal)
    return Guard(app, token, hosts, port)


def _warm(start: Question | None, workers: Workers, first_done: Callable[[], object]) -> None:
    from ketasim.explorer.warm import make_ready

    try:
        make_ready(start, workers.closing.is_set, first_done)
    except Exception as error:  # whoever asks is told the same
        if not workers.closing.is_set():
            told_internal(error)


def _study(text: str) -> dict[str, Any]:
    from ketasim.explorer.study_text import study_as_question

    question, notes = study_as_question(text)
    return {"question": question.plain(), "notes": list(notes)}


def _page(name: str, media_type: str) -> Any:
    async def page(_: Request) -> Response:
        file = files("ketasim.explorer").joinpath("page").joinpath(name)
        try:
            return Response(file.read_bytes(), media_type=media_type)
        except OSError:
            return PlainTextResponse(f"{name} is not installed\n", status_code=404)

    return page


def _told(handle: Any) -> Any:
    """Let mistakes come back as JSON: a user's 422, too long 503."""

    async def handled(request: Request) -> Response:
        try:
            return await handle(request)
        except UserError as error:
            return JSONResponse({"problems": str(error).splitlines()}, status_code=422)
        except TimeoutError:
            said = f"no answer within {LONGEST_S:g} s; ask for fewer people or days"
            return JSONResponse({"problems": [said], "kind": "too long"}, status_code=503)

    return handled


async def _internal(_: Request, error: Exception) -> Response:
    """Answer what nobody expected; the guard then says it on stderr, in one line."""
    return JSONResponse({"problems": [internal(error)], "kind": "internal"}, status_code=500)


async def _too_large(_: Request, __: Exception) -> Response:
    return JSONResponse({"problems": ["the body is too large"]}, status_code=413)
