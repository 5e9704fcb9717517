"""The plan through the record: proposed and adopted by events, with its files in every room."""
