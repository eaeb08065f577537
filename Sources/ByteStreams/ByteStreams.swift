// ByteStreams: files as bytes come and go: plain or gzip, and text in China's national character set.
//
//   InputFile      a file or standard input, inflated where it is gzip
//   OutputFile     a file or standard output, deflated where its name ends in .gz
//   GB18030     GB 18030 to UTF-8
//
// The only caller of CZlib and of the C library's character conversion, so that whoever reads records in bulk needs no
// unchecked memory. It knows nothing of handles.
