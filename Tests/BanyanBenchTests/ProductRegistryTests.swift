import BanyanBench
import Foundation
import HandleProtocol
import Testing

@Suite("Product registries that Debian ships")
struct ProductRegistryTests {
    @Test("vendors, devices and boards: a board belongs to the one who made it and names its chip")
    func vendorList() throws {
        let text = """
            # a remark
            8086  Intel Corporation
            \t100e  82540EM Gigabit Ethernet Controller
            \t\t1028 002e  Optiplex GX260
            \t\tffff 0001  Board of nobody
            1028  Dell
            C 02  Network controller
            \t00  Ethernet controller
            """
        let products = ProductRegistry.pci.products(in: Array(text.utf8))
        #expect(products.map(\.localName) == ["PCI-8086-100E", "PCI-8086-100E-1028-002E", "PCI-8086-100E-FFFF-0001"])
        #expect(products.map(\.maker) == ["Intel Corporation", "Dell", "Intel Corporation"])
        #expect(products[0].url == "https://pci-ids.ucw.cz/read/PC/8086/100e")
        #expect(products[1].url == "https://pci-ids.ucw.cz/read/PC/8086/100e/1028002e")
        #expect(products[0].component == nil)
        #expect(products[1].component?.maker == "Intel Corporation")
        #expect(products[1].component?.localName == "PCI-8086-100E")
    }

    @Test("hardware address blocks: quoted fields, no header, nobody's blocks left out")
    func addressBlocks() {
        let text = """
            Registry,Assignment,Organization Name,Organization Address
            MA-S,70B3D5719,"Example ""A"", Ltd","1 Road,\r
            Town CN "
            MA-L,002272,Private,
            """
        let products = ProductRegistry.ouiSmall.products(in: Array(text.utf8))
        #expect(products.map(\.localName) == ["MAC-70B3D5719"])
        #expect(products.first?.maker == "Example \"A\", Ltd")
        #expect(products.first?.makerAddress == "1 Road,\r\nTown CN")
        #expect(products.first?.description == "Block MA-S of 4096 hardware addresses")
    }

    @Test("display codes", arguments: [("ABC\tExample GmbH\nno code\nDEFG\ttoo long\n", ["PNP-ABC"])])
    func displayCodes(text: String, localNames: [String]) {
        #expect(ProductRegistry.pnp.products(in: Array(text.utf8)).map(\.localName) == localNames)
    }

    @Test("one maker under several spellings is one enterprise, another maker is another one")
    func enterprises() {
        var directory = EnterpriseDirectory(industryPrefix: "88.118")
        #expect(directory.prefix(of: "Intel Corporation") == "88.118.1001")
        #expect(directory.prefix(of: "Dell (wrong ID)") == "88.118.1002")
        #expect(directory.prefix(of: "Intel Corp.", address: "Santa Clara") == "88.118.1001")
        #expect(directory.prefix(of: "Intel Security") == "88.118.1003")
        #expect(directory.prefix(of: "Co. Ltd.") == "88.118.1004")
        #expect(
            directory.enterprises.map(\.name) == ["Intel Corporation", "Dell (wrong ID)", "Intel Security", "Co. Ltd."])
        #expect(directory.enterprises[0].address == "Santa Clara")
    }

    @Test("the registries of this machine each list thousands of products")
    func installed() throws {
        for registry in ProductRegistry.allCases {
            guard let data = FileManager.default.contents(atPath: registry.rawValue) else { continue }
            let products = registry.products(in: Array(data))
            #expect(products.count > 1_000, "\(registry)")
        }
    }
}

@Suite("Registries as identifiers")
struct RegistryIdentifiersTests {
    let identifiers = RegistryIdentifiers(
        ProductRegistry.pci.products(
            in: Array("1028  Dell\n8086  Intel\n\t100e  Chip\n\t\t1028 002e  Board\n\t100e  Listed twice\n".utf8)),
        industryPrefix: "88.118")

    @Test("makers become prefixes, products become names under them, each once and in order")
    func names() {
        #expect(identifiers.prefixes == ["0.NA/88.118.1001", "0.NA/88.118.1002"])
        let handles = identifiers.products.map { String(decoding: $0.handle, as: UTF8.self) }
        #expect(handles == ["88.118.1001/PCI-8086-100E", "88.118.1002/PCI-8086-100E-1028-002E"])
        #expect(identifiers.enterprises.map { String(decoding: $0.handle, as: UTF8.self) } == identifiers.prefixes)
    }

    @Test("a board's record names its chip; its administrators are a group in the maker's prefix record")
    func values() throws {
        let board = try #require(identifiers.products.last)
        #expect(
            board.values.map { String(decoding: $0.type, as: UTF8.self) } == [
                "URL", "NAME", "DESC", "COMPONENT", "HS_ADMIN",
            ])
        #expect(board.values[3].data == Array("88.118.1001/PCI-8086-100E".utf8))
        let data = board.values[4].data
        let admin = try AdminRecord(parsing: data.span.bytes)
        #expect(admin.administrator == ValueReference(handle: Array("0.NA/88.118.1002".utf8), index: 200))
        let group = try #require(identifiers.enterprises[1].values.first { $0.index == 200 }).data
        let members = try ValueList(parsing: group.span.bytes).references
        #expect(members == [ValueReference(handle: Array("0.NA/88.118".utf8), index: 300)])
    }
}
