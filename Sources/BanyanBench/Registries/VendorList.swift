/// The form of pci.ids and usb.ids: vendors at the margin, devices behind one tab, subsystems behind two.
///
///     8086  Intel Corporation
///         100e  82540EM Gigabit Ethernet Controller
///             1028 002e  Optiplex GX260
///
/// A subsystem is a board with that chip on it, made by the vendor whose number stands first.
struct VendorList {
    var busName: String
    /// Where one can look the number up: followed by the numbers.
    var catalogue: String

    func products(in text: [UInt8]) -> [RegistryProduct] {
        let lines = text.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
        let vendors = vendorNames(in: lines)
        var products: [RegistryProduct] = []
        var vendor: (number: String, name: String)?
        var device: RegistryProduct?
        for line in lines {
            let depth = line.prefix { $0 == UInt8(ascii: "\t") }.count
            let content = line.dropFirst(depth)
            switch depth {
            case 0:
                // Behind the vendors other tables follow, whose lines begin with a letter of their own.
                vendor = numberAndName(of: content)
                device = nil
            case 1:
                guard let vendor, let (number, name) = numberAndName(of: content) else { continue }
                let product = RegistryProduct(
                    maker: vendor.name, localName: localName(vendor.number, number), name: name,
                    url: "\(catalogue)\(vendor.number)/\(number)",
                    description: "\(busName) device \(number) of vendor \(vendor.number), \(vendor.name)")
                products.append(product)
                device = product
            case 2:
                guard let device, let board = board(content, on: device, vendors: vendors) else { continue }
                products.append(board)
            default:
                continue
            }
        }
        return products
    }

    private func board(
        _ content: ArraySlice<UInt8>, on device: RegistryProduct, vendors: [String: String]
    ) -> RegistryProduct? {
        guard let (subvendor, rest) = numberAndRest(of: content), let (number, name) = numberAndName(of: rest) else {
            return nil
        }
        return RegistryProduct(
            maker: vendors[subvendor] ?? device.maker,
            localName: "\(device.localName)-\(subvendor.uppercased())-\(number.uppercased())", name: name,
            url: device.url.map { "\($0)/\(subvendor)\(number)" },
            description: "\(busName) board \(number) of vendor \(subvendor) with \(device.name)",
            component: RegistryProduct.Component(maker: device.maker, localName: device.localName))
    }

    private func localName(_ vendor: String, _ device: String) -> String {
        "\(busName)-\(vendor.uppercased())-\(device.uppercased())"
    }

    private func vendorNames(in lines: [ArraySlice<UInt8>]) -> [String: String] {
        let pairs = lines.compactMap { line in line.first == UInt8(ascii: "\t") ? nil : numberAndName(of: line) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// "8086  Intel Corporation": four hexadecimal digits, two blanks, a name.
    private func numberAndName(of line: ArraySlice<UInt8>) -> (String, String)? {
        guard let (number, rest) = numberAndRest(of: line), rest.first == UInt8(ascii: " ") else { return nil }
        let name = String(decoding: rest.dropFirst(), as: UTF8.self)
        return name.isEmpty ? nil : (number, name)
    }

    /// Four hexadecimal digits and a blank; what follows.
    private func numberAndRest(of line: ArraySlice<UInt8>) -> (String, ArraySlice<UInt8>)? {
        let number = line.prefix(4)
        guard number.count == 4, number.allSatisfy(isHexadecimal), line.dropFirst(4).first == UInt8(ascii: " ") else {
            return nil
        }
        return (String(decoding: number, as: UTF8.self), line.dropFirst(5))
    }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
