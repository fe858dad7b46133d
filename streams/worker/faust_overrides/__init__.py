"""Everything that we change in Faust, with the reason for each change."""
