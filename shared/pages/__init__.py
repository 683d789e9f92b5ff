"""Private pages for the holder of their link: found, counted, shown, and given as PDF, calendar and files."""
