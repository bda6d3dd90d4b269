"""What is installed, told as CycloneDX. That it is locked by hash and from no named place: tests/test_documents.py."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.txt").read_text()
PINNED = dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", LOCK.replace("[", " ["), flags=re.M))


def test_the_bill_of_materials_has_every_locked_package(tmp_path: Path) -> None:
    file = tmp_path / "bills" / "sbom.json"
    subprocess.run(["make", "--old-file=setup", "sbom", f"SBOM={file}"], cwd=ROOT, check=True, capture_output=True)
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "svartid")
    assert {one["name"]: one["version"] for one in bill["components"]} == PINNED
    places = {reference["url"] for one in bill["components"] for reference in one["externalReferences"]}
    assert places == {f"pypi:/{name}/" for name in PINNED}
