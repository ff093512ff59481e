"""What holds for every test."""

import signal

# A shell ignores SIGINT in what it starts in the background, and children would inherit that: the
# tests that interrupt a process would wait in vain.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
