"""What a server of a benchmark imports: the application that the environment names."""

import os

from benchmarks.applications import CONTENDERS

application = CONTENDERS[os.environ["BENCHMARK_CONTENDER"]].make()
