"""What functions and layer are made of: beside this package, or inside it in the wheel."""

from pathlib import Path

from ivskit import names

_HERE = Path(__file__).parent
ROOT = _HERE if (_HERE / "functions").is_dir() else _HERE.parent
FUNCTIONS = ROOT / "functions"
REQUIREMENTS = ROOT / "requirements/layer.txt"
PLAYBACK_REQUIREMENTS = ROOT / "requirements/playback.txt"
LIBRARY = Path(names.__file__).parent
