"""Language-model providers behind one small protocol."""
