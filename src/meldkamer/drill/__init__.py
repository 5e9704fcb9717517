"""`meldkamer drill`: the proof that anyone can run. A whole network on this machine, work, faults, and a checker."""
