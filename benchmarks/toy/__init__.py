"""Points of the plane, for which it can be said what a GAN has learnt."""
