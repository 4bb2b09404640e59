"""The testing kit for authors of plugins: fixtures, fake providers, contract tests."""
