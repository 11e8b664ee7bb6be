from pathlib import Path

import pytest

from tests.unit.factors.desk_for_factors import Parts, make_parts


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return make_parts(tmp_path)
