"""The population benchmark: ketasim's engine beside the rivals, in one run."""
