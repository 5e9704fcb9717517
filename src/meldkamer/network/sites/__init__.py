"""The sites of a network and their servers: what stands where, with which keys, and how it is."""
