"""What `./dev` does. Standard library only, because it runs before anything is installed.

The exceptions run inside the environment that `./dev` has made: `contracts` (import-linter), `build_hook` (hatchling)
and `sbom` (packaging).
"""
