"""Our travel times beside those of independent engines.

`python -m bench._engines --python OTHER/bin/python MAP.osm.pbf …` prints the table of docs/proposal.md.

The engines (osrm-bindings, pyvalhalla) are no dependency: they run in the Python of a throw-away environment.
"""
