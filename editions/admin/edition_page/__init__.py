"""The page of an edition: its settings in tabs, its health beside them, and what can be done with it."""
