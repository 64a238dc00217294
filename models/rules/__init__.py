"""Pure, dated rules: standard library only; no SQL, no clock, no Flask."""
