"""The implementations that can be judged; the suite reaches an implementation only from here."""
