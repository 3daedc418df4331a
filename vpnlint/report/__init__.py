"""One file per format; each report is a function of a Result and of nothing else but the files it names."""
