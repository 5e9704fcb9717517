"""Takeover as an exercise: the same takeover on a copy of the record, with colleagues and callers that are made up, and
scored. The live room only gets the score. See docs/exercise.md."""
