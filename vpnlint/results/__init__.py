"""What one run says: findings, judged workloads, problems. Every report is a pure function of a Result."""
