"""What is installed, told as CycloneDX. That it is locked by hash and from no named place: tests/test_documents.py."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lock", ["requirements.txt", "deploy/image/requirements.txt"])
def test_the_bill_of_materials_has_every_locked_package(tmp_path: Path, lock: str) -> None:
    text = (ROOT / lock).read_text().replace("[", " [")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", text, flags=re.M))
    file = tmp_path / "bills" / "sbom.json"
    asked = ["make", "--old-file=setup", "sbom", f"SBOM={file}", f"LOCKED={lock}"]
    subprocess.run(asked, cwd=ROOT, check=True, capture_output=True)
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "svartid")
    assert {one["name"]: one["version"] for one in bill["components"]} == pinned
    places = {reference["url"] for one in bill["components"] for reference in one["externalReferences"]}
    assert places == {f"pypi:/{name}/" for name in pinned}
