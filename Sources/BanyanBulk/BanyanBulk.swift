// BanyanBulk: records by the million, in and out of a node.
//
//   Loader            a file's rows → changes → the one way to write, with a checkpoint in every commit
//   RecordSource      what a format is to the loader: JSONLinesSource, WireSource, CSVSource, BatchSource
//   Dumper            the index's records → rows, in short snapshots
//   RecordDump        what a format is to the dumper: JSONLinesDump, WireDump, CSVDump, BatchDump
//
// Memory stays bounded whatever the input: rows are read one by one into buffers that are used again, and a few sets of
// changes are under way at a time. It prints nothing: the verbs do.
