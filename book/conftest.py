"""For the pages: what lies in classroom/ are settings that other programs read, no modules."""

collect_ignore = ["classroom"]
