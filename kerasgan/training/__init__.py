"""The engine room: the step, what drives it, and what it keeps."""
