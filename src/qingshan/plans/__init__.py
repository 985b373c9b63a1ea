"""Work-plan documents: text to targets, tasks and results with exact spans."""
