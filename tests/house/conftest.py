"""Makes the project's own tools importable for the tests of the house."""

import sys

from sources import ROOT

sys.path.insert(0, str(ROOT / "tools"))
