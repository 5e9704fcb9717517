"""What is here: against a plain look at everything, and at points where nothing is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.geo import Gazetteer, Geography, RdTransform
from meldkamer.geo.gazetteer import pack_part
from meldkamer.geo.gazetteer.reverse import PLACE_M
from meldkamer.pack import load_pack

PACK, RD = load_pack(), RdTransform()
PLACES = Gazetteer([pack_part(PACK, RD)], RD)
X, Y = RD.to_rd_many([p.lat for p in PACK.places], [p.lon for p in PACK.places])


def test_address_road_post_objects_and_place(country: Geography) -> None:
    here = country.gazetteer.here(155_098, 463_090)
    assert here.address is not None and (here.address.name, here.address.distance_m) == ("Dorpsstraat 12", 10.2)
    assert here.road is not None and (here.road.name, here.road.place) == ("Kerkstraat", "Voorbeelddorp")
    assert here.road.distance_m == 90.0 and (here.road.x, here.road.y) == (155_098, 463_000)
    assert here.place is not None and here.place.name == "Voorbeelddorp"
    names = [hit.name for hit in here.objects]
    assert {"Dorpsstraat / Kerkstraat", "De Kuil (skatebaan)"} <= set(names)
    assert [hit.distance_m for hit in here.objects] == sorted(hit.distance_m or 0 for hit in here.objects)


def test_beside_the_motorway_it_is_the_motorway_and_its_post(country: Geography) -> None:
    here = country.gazetteer.here(160_008, 469_950)
    assert here.road is not None and (here.road.detail, here.road.distance_m) == ("A28", 8.0)
    assert here.post is not None and here.post.name in ("A28 Re 22,4", "A28 Re 22,5")
    assert here.address is None


@settings(max_examples=200, deadline=None)
@given(x=st.floats(0, 290_000), y=st.floats(300_000, 625_000))
def test_the_nearest_place_is_the_nearest(x: float, y: float) -> None:
    found = PLACES.here(x, y).place
    nearest = float(np.hypot(np.subtract(X, x), np.subtract(Y, y)).min())
    if nearest > PLACE_M:
        assert found is None
    else:
        assert found is not None and found.distance_m == pytest.approx(nearest, abs=0.11)


@pytest.mark.parametrize("point", [(math.nan, 0.0), (math.inf, 0.0), (1e12, 0.0)])
def test_what_is_not_a_point_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="not a point"):
        PLACES.here(*point)
