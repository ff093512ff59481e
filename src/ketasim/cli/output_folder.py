"""Where folders of results are written; what it holds lies in `ketasim.report.output_folder`."""

from ketasim.report.output_folder import (
    RECORD,
    RUN,
    WRITTEN,
    Kind,
    check_replaceable,
    output_folder,
)

__all__ = ["RECORD", "RUN", "WRITTEN", "Kind", "check_replaceable", "output_folder"]
