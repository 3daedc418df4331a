"""The app-template chart of bjw-s, versions 1 to 5."""
