import ArgumentParser
import BanyanBench
import BanyanNode
import HandleProtocol

/// `banyan sample`: real input to try a node with.
struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: Output.text("Makes identifiers to try a node with.", "生成可供试用的标识。"),
        subcommands: [Registries.self])
}

extension Sample {
    /// `banyan sample registries`: Debian's product registries as three files that `banyan load` takes in this order.
    struct Registries: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "registries",
            abstract: Output.text(
                "Turns the product registries that Debian ships into identifiers.",
                "把 Debian 自带的产品登记表变成标识。"),
            discussion: """
                  banyan sample registries --prefix 88.118 --output .
                  banyan load --data DIR prefixes.jsonl enterprises.ndjson products.ndjson
                """)

        @Option(help: "The industry prefix under which every maker gets a prefix of its own.")
        var prefix: String

        @Option(
            help: "The folder, which exists, for prefixes.jsonl, enterprises.ndjson and products.ndjson.")
        var output = "."

        func run() throws {
            _ = try Arguments.prefix(prefix)
            let identifiers = RegistryIdentifiers(try products(), industryPrefix: prefix)
            var writer = JSONWriter(capacity: 1 << 20)
            for prefix in identifiers.prefixes {
                writer.beginObject()
                writer.name("homed")
                writer.write(prefix)
                writer.endObject()
                writer.endLine()
            }
            try save(writer, of: identifiers.prefixes.count, "prefixes to home", as: "prefixes.jsonl")
            try save(identifiers.enterprises, "enterprises", as: "enterprises.ndjson")
            try save(identifiers.products, "products", as: "products.ndjson")
        }

        /// A registry that is not installed is named and passed over; with none there is nothing to do.
        private func products() throws -> [RegistryProduct] {
            var products: [RegistryProduct] = []
            for registry in ProductRegistry.allCases {
                guard let text = try? SystemFile.read(registry.rawValue) else {
                    Output.warn("\(registry.rawValue) is missing: apt-get install \(registry.package)")
                    continue
                }
                let listed = registry.products(in: text)
                Output.say("\(registry.rawValue): \(listed.count)")
                products += listed
            }
            guard !products.isEmpty else { throw Failure(.negative, "no product registry is installed") }
            return products
        }

        private func save(_ records: [HandleRecord], _ nouns: String, as name: String) throws {
            var writer = JSONWriter(capacity: 1 << 26)
            for record in records {
                var values = ByteWriter()
                for value in record.values { value.write(to: &values) }
                let bytes = values.bytes
                try writer.write(handle: record.handle.rawSpan, values: bytes.rawSpan)
                writer.endLine()
            }
            try save(writer, of: records.count, nouns, as: name)
        }

        private func save(_ writer: JSONWriter, of count: Int, _ nouns: String, as name: String) throws {
            let path = output + "/" + name
            try SystemFile.write(writer.bytes, to: path, mode: 0o644)
            Output.say("\(path): \(count) \(nouns)")
        }
    }
}
