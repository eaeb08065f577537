internal import Foundation

/// An enterprise as the top-level node registers it: the members of `ent:create` and of `ent:chgAll`
/// (draft-chen-top-level-interface-protocol). Members are spelled as they are there.
public struct EPPEnterprise: Equatable, Sendable {
    public struct Contact: Equatable, Sendable {
        public var name: String
        public var email: String
        public var phone: String

        public init(name: String, email: String, phone: String) {
            self.name = name
            self.email = email
            self.phone = phone
        }
    }

    public struct Image: Equatable, Sendable {
        /// jpeg, png or bmp.
        public var type: String
        public var bytes: [UInt8]

        public init(type: String, bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
        }
    }

    public struct LegalPerson: Equatable, Sendable {
        public var name: String
        /// One of six kinds of documents.
        public var idType: String
        public var idNumber: String
        public var image: Image?

        public init(name: String, idType: String, idNumber: String, image: Image?) {
            self.name = name
            self.idType = idType
            self.idNumber = idNumber
            self.image = image
        }
    }

    public var type = ""
    /// 18 characters of the unified social credit code.
    public var certificateCode = ""
    public var certificateImage: Image?
    public var chineseName = ""
    /// GB/T 2260.
    public var province = ""
    public var city = ""
    public var county = ""
    public var chineseAddress = ""
    public var englishName = ""
    public var englishAddress = ""
    public var website = ""
    public var description = ""
    public var contact = Contact(name: "", email: "", phone: "")
    public var legalPerson = LegalPerson(name: "", idType: "", idNumber: "", image: nil)

    public init() {}

    // MARK: Parse and write

    init(parsing tree: XMLTree) throws(EPPError) {
        type = tree.text("entType") ?? ""
        certificateCode = try tree.needed("entCrCode")
        certificateImage = try Image(tree, type: "entCrtImgType", bytes: "entCrtImg")
        chineseName = try tree.needed("entNameCn")
        province = tree.text("entProvinceCode") ?? ""
        city = tree.text("entCityCode") ?? ""
        county = tree.text("entCountyCode") ?? ""
        chineseAddress = tree.text("entAddrCn") ?? ""
        englishName = tree.text("entNameEn") ?? ""
        englishAddress = tree.text("entAddrEn") ?? ""
        website = tree.text("entWebSite") ?? ""
        description = tree.text("entDesc") ?? ""
        if let found = tree["contact"] { contact = Contact(parsing: found) }
        guard let person = tree["legalPerson"] else { throw .missing("legalPerson") }
        legalPerson = LegalPerson(
            name: try person.needed("name"), idType: person.text("idType") ?? "", idNumber: person.text("idNo") ?? "",
            image: try Image(person, type: "idImgType", bytes: "idImg"))
    }

    /// In the order of the draft; members that are not known are left out.
    var trees: [XMLTree] {
        var trees = [XMLTree].texts(
            in: EPPNamespace.enterprise, [("entType", type), ("entCrCode", certificateCode)])
        if let certificateImage {
            trees += certificateImage.trees(type: "entCrtImgType", bytes: "entCrtImg")
        }
        trees += .texts(
            in: EPPNamespace.enterprise,
            [
                ("entNameCn", chineseName), ("entProvinceCode", province), ("entCityCode", city),
                ("entCountyCode", county), ("entAddrCn", chineseAddress), ("entNameEn", englishName),
                ("entAddrEn", englishAddress), ("entWebSite", website), ("entDesc", description),
            ])
        trees.append(contact.tree)
        var person = [XMLTree].texts(
            in: EPPNamespace.enterprise,
            [("name", legalPerson.name), ("idType", legalPerson.idType), ("idNo", legalPerson.idNumber)])
        if let image = legalPerson.image { person += image.trees(type: "idImgType", bytes: "idImg") }
        trees.append(XMLTree("legalPerson", in: EPPNamespace.enterprise, person))
        return trees
    }
}

extension EPPEnterprise.Contact {
    init(parsing tree: XMLTree) {
        name = tree.text("name") ?? ""
        email = tree.text("email") ?? ""
        phone = tree.text("phone") ?? ""
    }

    var tree: XMLTree {
        XMLTree(
            "contact", in: EPPNamespace.enterprise,
            .texts(in: EPPNamespace.enterprise, [("name", name), ("email", email), ("phone", phone)]))
    }
}

extension EPPEnterprise.Image {
    /// Nil where there is none.
    fileprivate init?(_ tree: XMLTree, type typeName: String, bytes bytesName: String) throws(EPPError) {
        guard let text = tree.text(bytesName) else { return nil }
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw .invalid(bytesName)
        }
        self.init(type: tree.text(typeName) ?? "", bytes: Array(data))
    }

    fileprivate func trees(type typeName: String, bytes bytesName: String) -> [XMLTree] {
        .texts(in: EPPNamespace.enterprise, [(bytesName, Data(bytes).base64EncodedString()), (typeName, type)])
    }
}

/// What `ent:chg` may change: members that are nil stay.
public struct EPPEnterpriseChange: Equatable, Sendable {
    public var province: String?
    public var city: String?
    public var county: String?
    public var chineseAddress: String?
    public var englishAddress: String?
    public var englishName: String?
    public var website: String?
    public var description: String?
    /// Whole, or not at all.
    public var contact: EPPEnterprise.Contact?

    public init() {}

    init(parsing tree: XMLTree) {
        province = tree.text("entProvinceCode")
        city = tree.text("entCityCode")
        county = tree.text("entCountyCode")
        chineseAddress = tree.text("entAddrCn")
        englishAddress = tree.text("entAddrEn")
        englishName = tree.text("entNameEn")
        website = tree.text("entWebSite")
        description = tree.text("entDesc")
        contact = tree["contact"].map { EPPEnterprise.Contact(parsing: $0) }
    }

    var trees: [XMLTree] {
        let texts = [XMLTree].texts(
            in: EPPNamespace.enterprise,
            [
                ("entProvinceCode", province ?? ""), ("entCityCode", city ?? ""), ("entCountyCode", county ?? ""),
                ("entAddrCn", chineseAddress ?? ""), ("entAddrEn", englishAddress ?? ""),
                ("entNameEn", englishName ?? ""), ("entWebSite", website ?? ""), ("entDesc", description ?? ""),
            ])
        return texts + (contact.map { [$0.tree] } ?? [])
    }
}

extension [XMLTree] {
    /// An element for each text that is not empty.
    static func texts(in namespace: String, _ members: [(String, String)]) -> [XMLTree] {
        members.filter { !$0.1.isEmpty }.map { XMLTree($0.0, in: namespace, text: $0.1) }
    }
}

extension XMLTree {
    func needed(_ name: String) throws(EPPError) -> String {
        guard let text = text(name) else { throw .missing(name) }
        return text
    }
}

/// Why a document is no message of EPP. Names the element, never what it holds.
public enum EPPError: Error, Equatable, Sendable {
    case xml(XMLError)
    case notEPP
    case missing(String)
    case invalid(String)
    case unknownCommand
}

extension EPPError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .xml(let error): error.description
        case .notEPP: "the document is no message of EPP"
        case .missing(let name): "\(name) is missing"
        case .invalid(let name): "\(name) is not what it should be"
        case .unknownCommand: "an unknown command or object"
        }
    }
}
