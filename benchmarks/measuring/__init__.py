"""How it is measured: what runs, in which process, and where the answers are kept."""
