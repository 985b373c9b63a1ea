"""MIR, molar masses and SOAP against a public table of 74 species (``data/voc``, outside the project)."""

from __future__ import annotations

import json
from pathlib import Path

from qingshan import standards
from qingshan.methods import inventory

ROWS = {r["species"]: r for r in standards.get("MIR", edition="2010").table("species")["row"]}
OTHER = {"t-2-butene": "trans-2-butene", "t-2-pentene": "trans-2-pentene", "propene": "propylene", "hexane": "n-hexane",
         "2-ethyltoluene": "o-ethyltoluene", "iso-propylbenzene": "isopropylbenzene"}  # fmt: skip


def test_each_species_is_that_of_the_public_table(shared: Path):
    table = json.loads((shared / "data/voc/aeroviz_0.5.1_support_voc.json").read_text(encoding="utf-8"))
    seen = set()
    for name, told in table.items():
        species = OTHER.get(name.lower(), name.lower())
        if species not in ROWS:
            continue
        seen.add(species)
        row = ROWS[species]
        assert float(row["mir"]) == told["MIR"], name
        assert abs(float(row["mw"]) - told["MW"]) < 0.1, name
        if "soap" in row:
            assert float(row["soap"]) == told["SOAP"], name
    assert len(seen) == 59
    assert set(ROWS) - seen == {"m-xylene", "p-xylene", "formaldehyde"}


def test_the_potential_of_all_species_is_the_sum_of_the_public_table(shared: Path):
    table = json.loads((shared / "data/voc/aeroviz_0.5.1_support_voc.json").read_text(encoding="utf-8"))
    mir = standards.get("MIR", edition="2010")
    names = [n for n in table if n.lower() in ROWS]
    found = inventory.ofp(mir, {n: [1.0, 2.5] for n in names})
    total = sum(table[n]["MIR"] for n in names)
    assert abs(found.total[0] - total) < 1e-9
    assert abs(found.total[1] - 2.5 * total) < 1e-9
