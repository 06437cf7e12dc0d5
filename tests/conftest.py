"""What the tests start with: XLA compiles without optimizing, in two thirds of the time."""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
