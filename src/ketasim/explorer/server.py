"""The application: a page, a catalogue, a live connection, and files to take away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Lifespan
from starlette.websockets import WebSocket

from ketasim.errors import UserError
from ketasim.explorer.asks import internal, read_json, told_internal
from ketasim.explorer.guard import App, Guard, TooLarge
from ketasim.explorer.live import LONGEST_S, Connection, Workers
from ketasim.explorer.question import Question

Handler = Callable[[Request], Awaitable[Response]]
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

    app = Starlette(routes=_routes(start, workers), lifespan=_lifespan(start, workers, warm))
    app.router.redirect_slashes = False
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(Exception, _internal)
    return Guard(app, token, hosts, port)


def _routes(start: Question | None, workers: Workers) -> list[Any]:
    """Return every address that is answered, and what answers it."""

    async def live(socket: WebSocket) -> None:
        await Connection(socket, workers).serve()

    return [
        *(Route(path, _page(*file), methods=["GET"]) for path, file in PAGE_FILES.items()),
        Route("/catalogue.json", _told(_catalogue(start, workers)), methods=["GET"]),
        Route("/export", _told(_export(workers)), methods=["POST"]),
        Route("/study", _told(_study(workers)), methods=["POST"]),
        WebSocketRoute("/live", live),
    ]


def _lifespan(start: Question | None, workers: Workers, warm: bool) -> Lifespan[Starlette]:
    """Return what is done before the first answer and after the last."""

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

    return lifespan


def _warm(start: Question | None, workers: Workers, first_done: Callable[[], object]) -> None:
    from ketasim.explorer.warm import make_ready

    try:
        make_ready(start, workers.closing.is_set, first_done)
    except Exception as error:  # whoever asks is told the same
        if not workers.closing.is_set():
            told_internal(error)


def _catalogue(start: Question | None, workers: Workers) -> Handler:
    """Return what answers with the catalogue, built once however often it is asked for."""
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

    return catalogue


def _export(workers: Workers) -> Handler:
    async def export(request: Request) -> Response:
        from ketasim.explorer.export import exported

        data = read_json((await request.body()).decode("utf-8", "replace"), "export")
        made = await workers.run("export", exported, data)
        head = {"content-disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.media_type, headers=head)

    return export


def _study(workers: Workers) -> Handler:
    async def study(request: Request) -> Response:
        text = (await request.body()).decode("utf-8", "replace")
        return JSONResponse(await workers.run("other", _read_study, text))

    return study


def _read_study(text: str) -> dict[str, Any]:
    from ketasim.explorer.study_text import study_as_question

    question, notes = study_as_question(text)
    return {"question": question.plain(), "notes": list(notes)}


def _page(name: str, media_type: str) -> Handler:
    async def page(_: Request) -> Response:
        file = files("ketasim.explorer").joinpath("page").joinpath(name)
        try:
            return Response(file.read_bytes(), media_type=media_type)
        except OSError:
            return PlainTextResponse(f"{name} is not installed\n", status_code=404)

    return page


def _told(handle: Handler) -> Handler:
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
