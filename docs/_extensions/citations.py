"""``[@key]`` in a page cites the bibliography, whose labels are the keys themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pybtex.plugin import register_plugin
from pybtex.richtext import HRef, Text
from pybtex.style.formatting import BaseStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pybtex.database import Entry
    from sphinx.application import Sphinx

_CODE_OR_CITATION = re.compile(
    r"^(`{3,}|~{3,}).*?^\1[`~]*\s*$|(`+)(?!`).*?(?<!`)\2(?!`)|\[(@[\w:.+/-]+(?:;\s*@[\w:.+/-]+)*)\]",
    flags=re.DOTALL | re.MULTILINE,
)


def cited(text: str) -> str:
    """Turn ``[@a; @b]`` into citations, except in code."""

    def replaced(match: re.Match[str]) -> str:
        if match[3] is None:
            return match[0]
        keys = [key.strip().lstrip("@") for key in match[3].split(";")]
        return f"{{cite}}`{','.join(keys)}`"

    return _CODE_OR_CITATION.sub(replaced, text)


class KeyLabels(BaseLabelStyle):
    """Sources go by their keys, as in the tables of the program."""

    def format_labels(self, sorted_entries: list[Entry]) -> Iterator[str]:
        """Yield the key of each entry."""
        for entry in sorted_entries:
            yield entry.key


class ByKey(BaseSortingStyle):
    """Sources stand in the order of their keys."""

    def sorting_key(self, entry: Entry) -> str:
        """Return what an entry is sorted by."""
        return entry.key.lower()


class HouseStyle(BaseStyle):
    """What is known of a source, and nothing made up: titles stand only where they were read."""

    default_sorting_style = ByKey
    default_label_style = KeyLabels

    def format_entry(self, label: str, entry: Entry, bib_data: Any = None) -> Any:
        """Return one entry, with links to where it can be found."""
        from pybtex.style import FormattedEntry

        return FormattedEntry(entry.key, self._told(entry), label)

    def _told(self, entry: Entry) -> Text:
        fields = {name.lower(): _plain(value) for name, value in entry.fields.items()}
        names = [_plain(" ".join(_name(person))) for person in entry.persons.get("author", [])]
        parts: list[Any] = [_people(names)] if names else []
        parts += [fields[name] for name in ("year", "title", "journal") if fields.get(name)]
        if doi := fields.get("doi"):
            parts.append(HRef(f"https://doi.org/{doi}", f"doi:{doi}"))
        if pmid := fields.get("pmid"):
            parts.append(HRef(f"https://pubmed.ncbi.nlm.nih.gov/{pmid}", f"PMID {pmid}"))
        if url := fields.get("url"):
            parts.append(HRef(url, url))
        if note := fields.get("note"):
            parts = [*parts, Text("(", note, ")")] if names else [note, *parts]
        joined: list[Any] = []
        for part in parts:
            joined += [". ", part] if joined else [part]
        return Text(*joined)


def _name(person: Any) -> list[str]:
    initials = [f"{name[0]}." for name in person.first_names + person.middle_names]
    return [*person.prelast_names, *person.last_names, *person.lineage_names, *initials]


def _people(names: list[str]) -> str:
    if names[-1] == "others":
        return ", ".join(names[:-1]) + " et al."
    return ", ".join(names) if len(names) < 7 else f"{', '.join(names[:3])} et al."


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("\\&", "&").replace("--", "–")


def _on_source(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = cited(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the style and the reader of citations."""
    register_plugin("pybtex.style.formatting", "house", HouseStyle)
    app.connect("source-read", _on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
