/// A list of makers and their products that Debian ships.
public enum ProductRegistry: String, CaseIterable, Sendable {
    /// PCI vendors, devices and subsystems.
    case pci = "/usr/share/misc/pci.ids"
    /// USB vendors and devices.
    case usb = "/usr/share/misc/usb.ids"
    /// Three-letter codes of those who make displays and other Plug and Play devices.
    case pnp = "/usr/share/hwdata/pnp.ids"
    /// Hardware address blocks of 2²⁴, 2²⁰ and 2¹² addresses, and the older blocks of 2¹².
    case ouiLarge = "/usr/share/ieee-data/oui.csv"
    case ouiMedium = "/usr/share/ieee-data/mam.csv"
    case ouiSmall = "/usr/share/ieee-data/oui36.csv"
    case individual = "/usr/share/ieee-data/iab.csv"

    /// The package that brings the file.
    public var package: String {
        switch self {
        case .pci: "pci.ids"
        case .usb: "usb.ids"
        case .pnp: "hwdata"
        case .ouiLarge, .ouiMedium, .ouiSmall, .individual: "ieee-data"
        }
    }

    /// What the registry's text lists, in its order. Lines that are not in the registry's form are passed over: the
    /// files carry other tables behind the one that we read.
    public func products(in text: [UInt8]) -> [RegistryProduct] {
        switch self {
        case .pci: VendorList(busName: "PCI", catalogue: "https://pci-ids.ucw.cz/read/PC/").products(in: text)
        case .usb: VendorList(busName: "USB", catalogue: "https://usb-ids.gowdy.us/read/UD/").products(in: text)
        case .pnp: displayCodes(in: text)
        case .ouiLarge, .ouiMedium, .ouiSmall, .individual: addressBlocks(in: text)
        }
    }

    /// Lines of a code, a tab and a name.
    private func displayCodes(in text: [UInt8]) -> [RegistryProduct] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let columns = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            guard columns.count == 2, columns[0].count == 3 else { return nil }
            let code = String(decoding: columns[0], as: UTF8.self)
            let maker = String(decoding: columns[1], as: UTF8.self)
            return RegistryProduct(
                maker: maker, localName: "PNP-\(code)", name: "\(maker) displays",
                description: "Plug and Play vendor code \(code)")
        }
    }

    /// Rows of registry, assignment, organisation and address (RFC 4180, with a header).
    private func addressBlocks(in text: [UInt8]) -> [RegistryProduct] {
        CommaSeparated.rows(of: text).dropFirst().compactMap { row in
            guard row.count == 4, row[2] != "Private", !row[2].isEmpty, (6...9).contains(row[1].count) else {
                return nil
            }
            let addressCount = 1 << (4 * (12 - row[1].count))
            return RegistryProduct(
                maker: row[2], makerAddress: row[3], localName: "MAC-\(row[1])", name: "\(row[2]) hardware addresses",
                url: "https://standards-oui.ieee.org/",
                description: "Block \(row[0]) of \(addressCount) hardware addresses")
        }
    }
}
