"""The benchmarks: the platform beside a bare page on the same server and database, in one run. See bench/README.md."""
