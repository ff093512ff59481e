"""The tournament: rival explanations compete on the same evidence, with honest uncertainty."""
