"""The text of a study file as a question."""

from __future__ import annotations

from ketasim.errors import UserError
from ketasim.explorer.limits import check_steps
from ketasim.explorer.question import Question, question_study, study_question
from ketasim.study import checked_study
from ketasim.toml_tables import parsed


def study_as_question(text: str, file: str = "study") -> tuple[Question, tuple[str, ...]]:
    """Return the text of a study file as a question, with notes on what is left out.

    Raises
    ------
    UserError
        Not TOML, no study, or one that the explorer cannot hold; each line names ``file``.
    """
    try:
        data = parsed(text, file)
        check_steps(data.get("arms"), "regimen", file)
        question, notes = study_question(checked_study(data, file), file)
    except RecursionError:
        raise UserError(f"{file}: nested too deeply") from None
    question_study(question, file)
    return question, notes
