internal import Foundation
internal import FoundationXML

/// An element of an XML document: what EPP needs, namespaces and mixed content apart.
public struct XMLTree: Equatable, Sendable {
    /// Largest document, in bytes; deepest nesting; most elements.
    public static let byteCountMax = 8 << 20
    public static let depthMax = 24
    public static let elementCountMax = 10_000

    /// Without a prefix.
    public var name: String
    public var namespace: String
    public var attributes: [String: String]
    public var children: [XMLTree]
    /// The text of the element itself, without blanks at its ends.
    public var text: String

    public init(
        _ name: String, in namespace: String = "", _ attributes: [String: String] = [:], text: String = "",
        _ children: [XMLTree] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.children = children
        self.text = text
    }

    /// An element without attributes and text.
    public init(_ name: String, in namespace: String, _ children: [XMLTree]) {
        self.init(name, in: namespace, [:], children)
    }

    /// Reads a document.
    ///
    /// Rules, so that reading costs no more than the bytes that came:
    ///  1. UTF-8 without NUL, whatever the declaration says: in another encoding rule 2 would see nothing.
    ///  2. No document type, so no entities but those of XML itself, and nothing that is fetched.
    ///  3. Size, depth and number of elements are bounded.
    public init(parsing bytes: [UInt8]) throws(XMLError) {
        guard bytes.count <= Self.byteCountMax else { throw .tooLarge }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw .encoding }
        guard !Self.declaresType(bytes), Self.declaresUTF8(text) else { throw .documentType }
        let reader = TreeReader()
        let parser = XMLParser(data: Data(bytes))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        let isWhole = parser.parse()
        if let error = reader.error { throw error }
        guard isWhole, let root = reader.root else { throw .malformed }
        self = root
    }

    /// Whether there is a `<!` that begins neither a comment nor a section of characters.
    private static func declaresType(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[(start + 1)...]
            guard rest.first == UInt8(ascii: "!") else { continue }
            guard rest.starts(with: "!--".utf8) || rest.starts(with: "![CDATA[".utf8) else { return true }
        }
        return false
    }

    private static func declaresUTF8(_ text: String) -> Bool {
        guard text.hasPrefix("<?xml"), let end = text.range(of: "?>"),
            let encoding = text[..<end.lowerBound].range(of: "encoding")
        else { return true }
        return text[encoding.upperBound..<end.lowerBound].lowercased().contains("utf-8")
    }

    // MARK: Looking

    /// The first child of that name.
    public subscript(_ name: String) -> XMLTree? { children.first { $0.name == name } }

    public func all(_ name: String) -> [XMLTree] { children.filter { $0.name == name } }

    /// The text of the first child of that name; nil where there is none, or it is empty.
    public func text(_ name: String) -> String? {
        guard let text = self[name]?.text, !text.isEmpty else { return nil }
        return text
    }

    // MARK: Writing

    /// The document, in UTF-8.
    public var document: [UInt8] {
        var output = #"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"# + "\n"
        write(to: &output, within: "")
        return Array(output.utf8)
    }

    /// Declares its namespace where it is another than its parent's. Children of an object's namespace have the prefix
    /// that the published samples give them.
    private func write(to output: inout String, within parent: String) {
        let prefix = EPPNamespace.prefix(of: namespace)
        let tag = prefix.isEmpty ? name : prefix + ":" + name
        output += "<" + tag
        if namespace != parent, !namespace.isEmpty {
            output += " xmlns" + (prefix.isEmpty ? "" : ":" + prefix) + "=\"" + Self.escaped(namespace) + "\""
        }
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            output += " " + name + "=\"" + Self.escaped(value, keepsLines: false) + "\""
        }
        guard !children.isEmpty || !text.isEmpty else {
            output += "/>"
            return
        }
        output += ">" + Self.escaped(text)
        for child in children { child.write(to: &output, within: namespace) }
        output += "</" + tag + ">"
    }

    /// Characters that XML 1.0 has no form for become U+FFFD. In an attribute the end of a line would be read as a
    /// blank.
    private static func escaped(_ text: String, keepsLines: Bool = true) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "\r": output += "&#13;"
            case "\n", "\t":
                if keepsLines { output.unicodeScalars.append(scalar) } else { output += "&#\(scalar.value);" }
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}

/// Why a document is not taken. Holds nothing of it.
public enum XMLError: Error, Equatable, Sendable {
    case tooLarge
    case tooDeep
    case encoding
    case documentType
    case malformed
}

extension XMLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge:
            "the document has more than \(XMLTree.byteCountMax) bytes or \(XMLTree.elementCountMax) elements"
        case .tooDeep: "the document is nested deeper than \(XMLTree.depthMax)"
        case .encoding: "the document is not UTF-8"
        case .documentType: "the document has a document type or another encoding, which is not taken"
        case .malformed: "the document is not well-formed XML"
        }
    }
}

/// Builds the tree as the parser walks.
private final class TreeReader: NSObject, XMLParserDelegate {
    var root: XMLTree?
    var error: XMLError?
    private var open: [XMLTree] = []
    private var count = 0

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName qName: String?,
        attributes attributeDict: [String: String]
    ) {
        count += 1
        guard count <= XMLTree.elementCountMax else { return fail(.tooLarge, parser) }
        guard open.count < XMLTree.depthMax else { return fail(.tooDeep, parser) }
        open.append(XMLTree(elementName, in: namespaceURI ?? "", attributeDict))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA section: Data) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += String(decoding: section, as: UTF8.self)
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
    ) {
        guard var element = open.popLast() else { return }
        element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !open.isEmpty else {
            if root != nil { fail(.malformed, parser) }
            root = element
            return
        }
        open[open.count - 1].children.append(element)
    }

    /// The parser goes on behind some faults and then calls the document well-formed.
    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
        if error == nil { error = .malformed }
    }

    private func fail(_ error: XMLError, _ parser: XMLParser) {
        self.error = error
        parser.abortParsing()
    }
}
