"""``ketasim tournament``: from draws, shipped or computed, to tables, figures and a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli import OK, Resumable
from ketasim.errors import UserError
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

if TYPE_CHECKING:
    from ketasim.cli.progress import Steps
    from ketasim.inference.tournament.hypothesis import Hypothesis
    from ketasim.inference.tournament.results import Tournament
    from ketasim.inference.tournament.smc import Cloud, Size
    from ketasim.inference.tournament.summary import Summary

RECORD, PAGE = "tournament.json", "report.html"
TABLES = ("hypotheses.csv", "findings.csv", "decisive.csv", "sensitivity.csv", "attribution.csv",
          "interactions.csv", "parameters.csv", "next_experiments.csv")  # fmt: skip
TOURNAMENT = Kind(RECORD, frozenset({RECORD, PAGE, "figures", *TABLES}))
OTHER_WORK = 2.0
"""Steps of progress besides hypotheses: weighing, and drawing."""
CHAIN = 16
"""States of each chain, as `smc.Size` has them by default."""
LEAST, MOST = 32, 16384


@dataclass(frozen=True)
class Asked:
    """What the command line says.

    Attributes
    ----------
    hypotheses : tuple of str
        Names that ship, and files; empty: all that ship.
    run : bool
        Compute those that ship, too, instead of reading their draws.
    particles, seed : int
    """

    hypotheses: tuple[str, ...]
    run: bool
    particles: int
    seed: int

    @property
    def files(self) -> tuple[str, ...]:
        """Files of the user's own."""
        return tuple(each for each in self.hypotheses if Path(each).suffix == ".toml")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of hypotheses that ship."""
        return tuple(each for each in self.hypotheses if each not in self.files)

    @property
    def computes(self) -> bool:
        """Whether anything has to be computed, which takes minutes for each hypothesis."""
        return self.run or bool(self.files)


@dataclass(frozen=True)
class Answer:
    """What came out: the folder, the summary, everything as plain data, and the exit code."""

    folder: Path
    summary: Summary
    record: Mapping[str, Any]
    code: int


def checked(asked: Asked) -> tuple[Hypothesis, ...]:
    """Return the hypotheses to compute, every name and file checked before anything is done.

    Raises
    ------
    UserError
        No such name or file, two of one name, a mistake in a file, too few particles.
    """
    from ketasim.inference.tournament.hypothesis import hypothesis_names, load_hypotheses

    if asked.particles % CHAIN or not LEAST <= asked.particles <= MOST:
        raise UserError(
            f"--particles: {asked.particles} is out of range; a multiple of {CHAIN} from {LEAST} "
            f"to {MOST:,}"
        )
    every = load_hypotheses(asked.hypotheses)
    for each in every:
        if each.name in hypothesis_names() and f"{each.name}.toml" in map(_base, asked.files):
            raise UserError(f"{each.name}.toml: a hypothesis that ships has this name; rename it")
    if asked.run:
        return every
    own = {Path(file).stem for file in asked.files}
    return tuple(each for each in every if each.name in own)


def _base(file: str) -> str:
    return Path(file).name


def work(computed: Sequence[Hypothesis]) -> float:
    """Return how many steps of progress there are."""
    return len(computed) + OTHER_WORK


def run_tournament(
    asked: Asked, computed: Sequence[Hypothesis], target: Path, steps: Steps
) -> Answer:
    """Hold a tournament, or read the one that ships, and write the folder.

    Raises
    ------
    UserError
        A folder that cannot be written; no draws ship.
    Resumable
        Interrupted while draws were computed.
    """
    check_replaceable(target.absolute(), TOURNAMENT)
    parts = parts_beside(target)
    found = _summary(asked, computed, parts, steps)
    steps.now("drawing")
    facts = record(asked, found)
    with output_folder(target, TOURNAMENT) as folder:
        _write(folder, found, facts)
    forget(parts)
    steps.advance()
    return Answer(target, found, facts, OK)


def _summary(asked: Asked, computed: Sequence[Hypothesis], parts: Path, steps: Steps) -> Summary:
    from ketasim.inference.tournament.summarise import among
    from ketasim.inference.tournament.summary import shipped_summary

    if not asked.computes:
        found = shipped_summary()
        if found is None:
            raise UserError("tournament: no draws ship with this installation; add --run")
        steps.now("reading")
        steps.advance()
        return among(found, asked.names) if asked.names else found
    held = _held(asked, computed, parts, steps)
    steps.now("weighing")
    found = whole_summary(held, steps.now)
    steps.advance()
    return found


def whole_summary(found: Tournament, now: Callable[[str], None]) -> Summary:
    """Return everything there is to say about a tournament.

    Parameters
    ----------
    found : Tournament
    now : callable
        Told what is being done.
    """
    from ketasim.inference.tournament.rows import whole_summary as whole
    from ketasim.report.tournament_words import said

    return whole(found, {each.id: said(each) for each in found.body.findings}, now)


def _held(asked: Asked, computed: Sequence[Hypothesis], parts: Path, steps: Steps) -> Tournament:
    """Return computed hypotheses beside those whose draws ship and that are asked for."""
    from ketasim.inference.tournament.results import Tournament, shipped_tournament
    from ketasim.inference.tournament.smc import Size

    size = Size(asked.particles, CHAIN)
    shipped = None if asked.run else shipped_tournament()  # refuse before minutes of work
    held = compute(computed, size, asked.seed, parts, steps)
    if shipped is None:
        return held
    wanted = asked.names or shipped.names
    beside = tuple(shipped.fit_of(name) for name in wanted)
    return Tournament(held.body, (*held.fits, *beside), size, asked.seed)


def compute(
    computed: Sequence[Hypothesis], size: Size, seed: int, parts: Path, steps: Steps
) -> Tournament:
    """Compute hypotheses, a few at a time; what is done is kept in ``parts``.

    Raises
    ------
    Resumable
        Interrupted.
    """
    from ketasim.inference.tournament.results import run_tournament as run

    done: dict[str, float] = {}

    def tell(each: Hypothesis, cloud: Cloud) -> None:
        share = (cloud.stage + cloud.power) / 2  # two stages: reports that choose, held-out ones
        steps.advance(share - done.get(each.name, 0.0))
        done[each.name] = share
        steps.now(f"{each.title}: {'held-out ' * cloud.stage}reports at {100 * cloud.power:.0f} %")

    steps.now(computed[0].title)
    try:
        return run(computed, size=size, seed=seed, folder=parts, told=tell)
    except KeyboardInterrupt:
        if not parts.is_dir():
            raise
        raise Resumable(
            f"interrupted with {sum(share >= 1.0 for share in done.values())} of {len(computed)} "
            "hypotheses done; what is done is kept, and the same command goes on from there"
        ) from None


def parts_beside(target: Path) -> Path:
    """Return the folder beside the target where finished steps wait for the rest."""
    target = target.absolute()
    return target.parent / f".{target.name}.draws"


def forget(parts: Path) -> None:
    """Remove finished steps that are no longer needed."""
    import shutil

    shutil.rmtree(parts, ignore_errors=True)


def renew(asked: Asked, parts: Path, steps: Steps) -> Summary:
    """Compute every hypothesis that ships, and rewrite the draws and the summary that ship."""
    from importlib.resources import as_file, files

    from ketasim.inference.tournament.hypothesis import load_hypotheses
    from ketasim.inference.tournament.results import write_tournament
    from ketasim.inference.tournament.smc import Size
    from ketasim.inference.tournament.summary import SHIPPED, summary_text
    from ketasim.report.files import write_file

    every = load_hypotheses()
    held = compute(every, Size(asked.particles, CHAIN), asked.seed, parts, steps)
    found = whole_summary(held, steps.now)
    steps.advance()
    with as_file(files("ketasim.inference.tournament") / "shipped") as folder:
        write_tournament(held, folder)
        write_file(folder / SHIPPED, summary_text(found).encode("utf-8"))
    forget(parts)
    steps.advance()
    return found


def record(asked: Asked, found: Summary) -> dict[str, Any]:
    """Return everything as plain data: what was asked, what came out, what it was made with."""
    from ketasim.inference.tournament.summary import plain

    words = ["ketasim tournament", *asked.hypotheses]
    if asked.computes:
        words += ["--run"] * asked.run
        words += [f"--particles {asked.particles}", f"--seed {asked.seed}"]
    return {"command": " ".join(words), **plain(found)}


def _write(folder: Path, found: Summary, facts: Mapping[str, Any]) -> None:
    import json

    from ketasim.cli.tournament_files import write_tables
    from ketasim.report.files import write_file
    from ketasim.report.style import Picture
    from ketasim.report.svg import png, standalone
    from ketasim.report.tournament_page import draw_tournament, tournament_page

    pictures = draw_tournament(found)
    for picture in pictures.values():
        if isinstance(picture, Picture):
            place = folder / "figures" / picture.name
            write_file(f"{place}.svg", standalone(picture).encode("utf-8"))
            write_file(f"{place}.png", png(picture))
    write_tables(folder, found)
    provenance = {key: str(value) for key, value in found.facts.items()}
    page = tournament_page(found, pictures, {"command": facts["command"], **provenance})
    write_file(folder / PAGE, page.encode("utf-8"))
    text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_file(folder / RECORD, text.encode("utf-8"))


def proposals(
    about: str | None, readouts: Sequence[str], preparations: Sequence[str], steps: Steps
) -> Summary:
    """Return the shipped summary with the experiments that are asked for.

    Those about which hypothesis is right ship; others are simulated, which takes a minute or two.

    Raises
    ------
    UserError
        No draws ship; unknown words; none of the experiments is about that or measured so.
    """
    from ketasim.inference.tournament.designs import Vocabulary
    from ketasim.inference.tournament.results import shipped_tournament
    from ketasim.inference.tournament.rows import asked_experiments
    from ketasim.inference.tournament.summary import shipped_summary

    found = shipped_summary()
    if found is None or not found.proposed:
        raise UserError("next-experiment: no experiments ship with this installation")
    if not (about or readouts or preparations):
        return found
    whole = Vocabulary()
    words = Vocabulary(
        preparations=_known("--preparation", preparations, whole.preparations),
        readouts=_known("--readout", readouts, whole.readouts),
    )
    done = 0

    def told(arms: int, total: int) -> None:
        nonlocal done
        steps.now(f"arm {arms} of {total}")
        steps.advance((arms - done) / total)
        done = arms

    held = shipped_tournament()
    if tuple(each.name for each in found.hypotheses) != held.names:
        raise UserError(
            "next-experiment: the shipped summary is of other draws; --renew makes both"
        )
    return replace(found, proposed=asked_experiments(held, found.hypotheses, about, words, told))


def _known(option: str, asked: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """Return the words that are asked for, or all."""
    from ketasim.errors import nearest

    for word in asked:
        if word not in words:
            raise UserError(f"{option}: no experiment with {word!r}{nearest(word, words)}")
    return tuple(asked) or tuple(words)
