"""Claims as files: what they say, and one plain line for each mistake."""

from __future__ import annotations

import json
import math

import pytest

from ketasim.errors import UserError
from ketasim.evidence.claims_reading import claims_schema, load_claims
from tests.evidence.claims_example import CLAIMS, claims, example
from tests.evidence.small import SMALL


def test_what_is_read():
    slow = claims()["slow"]
    (published,), (simulated,) = slow.findings, slow.simulations
    assert (slow.system, slow.rule, slow.by) == ("S9", "weigh", "An article")
    assert published.finding.id == "iv_cl"
    assert (published.expected.at_least, published.expected.at_most) == (-math.inf, 50.0)
    assert simulated.finding.id == "slow.1"
    assert simulated.finding.start_h == 1.0
    assert simulated.expected.at_least == 1000.0
    assert not simulated.published


def test_a_word_and_a_list_of_words_are_alike():
    changes = (
        ("at_least = 1000.0", 'expects = "up"'),
        ('unit = "ng/mL"\n', ""),
        ('arm = "infusion"', 'arm = "infusion"\ncomparator = "saline"'),
    )
    one = claims(*changes)["slow"].simulations[0]
    assert one.expected.directions == ("up",)
    assert one.finding.direction == "up"
    several = claims(*changes, ('"up"', '["up"]'))["slow"].simulations[0]
    assert several.expected == one.expected


def test_the_loosest_word_is_what_a_simulation_is_run_for():
    reference = (
        'comparator = "saline"\nreference = "infusion"\nreference_comparator = "saline"\n'
        'expects = ["blocked", "attenuated"]'
    )
    found = claims(
        ("at_least = 1000.0", reference),
        ('unit = "ng/mL"\n', ""),
    )["slow"].simulations[0]
    assert found.finding.direction == "attenuated"
    assert found.expected.sees("blocked")
    assert not found.expected.sees("kept")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('id = "iv_cl"', 'id = "iv_c"'),
         "claims.toml: claim (slow): finding: no finding 'iv_c'; nearest: iv_cl"),
        (('system = "S9"', 'system = "S99"'),
         "claims.toml: claim[1] (slow).system: 'S99' is not a choice; nearest: S9"),
        (("at_most = 50.0", 'expects = "up"'),
         "claims.toml: claim (slow): iv_cl: what was seen is a value; give at_least or at_most"),
        (("at_most = 50.0", ""),
         "claims.toml: claim[1] (slow).finding[1].expects: give a direction, or at_least and "
         "at_most; found nothing"),
        (("at_most = 50.0", 'at_most = 50.0\nexpects = "up"'),
         "claims.toml: claim[1] (slow).finding[1].expects: give a direction, or at_least and "
         "at_most; found both"),
        (("at_most = 50.0", "at_most = 50.0\nat_least = 60.0"),
         "claims.toml: claim[1] (slow).finding[1].at_most: 50 is below at_least = 60"),
        (('experiment = "volunteers"', 'experiment = "volunters"'),
         "claims.toml: claim (slow).check[1].experiment: no experiment 'volunters'; "
         "nearest: volunteers"),
        (('arm = "infusion"', 'arm = "infusoin"'),
         "claims.toml: claim (slow).check[1].arm: no arm 'infusoin'; nearest: infusion"),
        (('site = "venous"', ""), "claims.toml: claim (slow).check[1].site: "),
        (('by = "An article"\n', ""), "claims.toml: claim[1] (slow).by: missing"),
        (('says = "S', 'say = "S'), "claims.toml: claim[1] (slow).say: no such key; nearest: says"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_mistakes_are_told_in_a_line(change, message):
    with pytest.raises(UserError) as caught:
        claims(change)
    lines = str(caught.value).splitlines()
    assert any(line.startswith(message) for line in lines), lines
    assert all(line.startswith("claims.toml: ") for line in lines)


def test_an_experiment_without_use_is_told():
    last = 'arm = [{ name = "saline" }]'
    with pytest.raises(UserError, match="experiment: no claim uses 'spare'"):
        claims(("[[claim]]", f'[[experiment]]\nname = "spare"\n{last}\n\n[[claim]]'))


def test_folder(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        load_claims(tmp_path / "none", ())
    with pytest.raises(UserError, match="holds no claims"):
        load_claims(tmp_path, ())


def test_an_id_stands_once(tmp_path):
    from ketasim.evidence import read_findings

    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(CLAIMS)
    with pytest.raises(UserError, match=r"b.toml: claim id 'slow' stands in .*a.toml already"):
        load_claims(tmp_path, read_findings(SMALL, "small.toml"))


def test_shipped_claims_read_and_every_one_is_bound_to_something():
    found = load_claims()
    assert len(found) >= 30
    assert len({claim.system for claim in found}) >= 11
    for claim in found:
        assert claim.links, claim.id
        assert claim.says.endswith("."), claim.id
    assert {"half-life-six-hours", "works-in-minutes", "lasts-four-weeks", "minimal-side-effects",
            "other-blockers-nothing", "pet-5ht1b"} <= {claim.id for claim in found}  # fmt: skip
    assert [claim.id for claim in found if claim.half_lives] == ["half-life-six-hours"]


def test_schema_is_json_and_names_every_key():
    schema = json.loads(claims_schema())
    assert {"claim", "experiment"} == set(schema["properties"])
    assert "at_least" in claims_schema()


def test_example_is_what_it_says():
    assert example() == CLAIMS
