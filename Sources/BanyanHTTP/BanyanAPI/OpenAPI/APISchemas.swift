import BanyanRegistry

/// The schemas that have names in the OpenAPI document.
enum APISchemas {
    static let all: [String: JSONSchema] = [
        "Problem": problem, "Record": record, "Value": value, "NewRecord": newRecord, "Change": change,
    ]

    static let words = JSONSchema.text(0...4_096)

    private static let problem = JSONSchema(
        .object(
            [
                .required("type", .text()), .required("title", .text()),
                .required("status", .integer(400...599)),
                .required("code", .text().described("A word for programs, which never changes.")),
                .optional("detail", words), .optional("field", words.described("The member or parameter.")),
                .optional("row", .integer(1...(1 << 53))), .required("requestId", .text()),
            ], isOpen: false), "What is wrong (RFC 9457).")

    private static let index = JSONSchema.integer(1...Int(Int32.max))

    private static let data = JSONSchema(
        .oneOf([
            .text(0...262_144),
            .object([
                .required("format", .choice(["string", "base64", "hex", "admin", "vlist", "site", "key"])),
                .required("value", .any),
            ]),
        ]), "A text, or its form and what it holds in it.")

    private static let reference = JSONSchema.object([
        .required("handle", .text(0...2_048)), .required("index", .integer(0...Int(UInt32.max))),
    ])

    /// Members as `RecordParser` takes them.
    private static let value = JSONSchema(
        .object(
            [
                .required("index", index), .required("type", .text(0...1_024)), .required("data", data),
                .optional(
                    "permissions",
                    JSONSchema(
                        .string(4...4, .pattern("^[01]{4}$")),
                        "Administrators read, administrators write, everyone reads, everyone writes; 1110 where absent."
                    )),
                .optional(
                    "ttl",
                    JSONSchema(
                        .oneOf([.integer(0...Int(Int32.max)), .time]), "Seconds, or until when; 86400 where absent.")),
                .optional("ttlType", .integer(0...255)),
                .optional("timestamp", .time.described("Set by the node where absent.")),
                .optional("references", .array(reference, 0...1_000)),
            ], isOpen: false), "A handle value (RFC 3651 §3.1).")

    private static let values = JSONSchema.array(.named("Value"), 0...2_048)
    private static let state = JSONSchema.choice(["active", "suspended", "withdrawn"])

    private static let record = JSONSchema(
        .object(
            [
                .required("handle", .text(1...2_048)), .required("values", values),
                .optional("state", state.described("Left out where it is active.")),
                .optional(
                    "answered", values.described("What a handle out of use is answered with in place of its values.")),
            ], isOpen: false), "A handle with its values.")

    private static let newRecord = JSONSchema(
        .object(
            [
                .optional("handle", .text(1...2_048).described("That of the path, where it is given.")),
                .required("values", values),
            ], isOpen: false), "What a handle is to hold.")

    static let change = JSONSchema(
        .object(
            [
                .required("sequence", .integer()), .required("time", .text(20...40)),
                .required("operation", .text()), .required("handle", .text(0...2_048)),
                .required("principal", .text()), .required("source", .text()), .optional("reason", .text()),
                .optional(
                    "before", JSONSchema(.array(.named("Value"), 0...2_048), "The values before this change.").orNull),
            ], isOpen: false), "An entry of the journal.")
}
