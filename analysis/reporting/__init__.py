"""The report: what is counted from a snapshot, said in a sentence, drawn and put on one page in two languages."""
