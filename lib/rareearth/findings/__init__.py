"""What each notebook's headline says: one sentence and its values, from measures."""
