"""One page to look at: what it shows of each workload, and the templates that it is made of."""
