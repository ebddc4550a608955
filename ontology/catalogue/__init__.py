"""The shipped types, and the compiled form of the catalogue that validation works on."""
