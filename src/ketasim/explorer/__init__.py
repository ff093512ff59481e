"""The explorer: questions asked in a browser, answered by the model on this machine."""
