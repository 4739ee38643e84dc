"""Trade data of any provider in the one trade table, checked and accounted for."""
