"""What those who run a cohort see and do across all of it: dashboard, gradebook, closing, the run's report."""
