"""The pages: what was measured, as tables and sentences."""
