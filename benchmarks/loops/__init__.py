"""What is compared: `fit`, and hand-written loops of the same networks."""
