"""What a learner does with a course: reads, goes on where they left off, gives their view, completes it."""
