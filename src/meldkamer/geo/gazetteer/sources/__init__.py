"""The formats that the gazetteer reads."""
