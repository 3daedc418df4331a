"""Charts that only set values of the library of app-template 1."""
