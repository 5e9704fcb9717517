"""Travel times corrected by what units really needed: measured, judged on trips it was not learned from, applied."""

from meldkamer.geo.learned.corrections import Case, Correction, Corrections
from meldkamer.geo.learned.learn import Judged, Learned, Verdict, learn
from meldkamer.geo.learned.reading import read_tables, read_trips
from meldkamer.geo.learned.samples import Sample, SampleReader, Samples

__all__ = [
    "Case",
    "Correction",
    "Corrections",
    "Judged",
    "Learned",
    "Sample",
    "SampleReader",
    "Samples",
    "Verdict",
    "learn",
    "read_tables",
    "read_trips",
]
