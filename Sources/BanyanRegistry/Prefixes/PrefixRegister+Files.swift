import BanyanIndex
import HandleProtocol
import OpenSSL

extension PrefixRegister {
    /// Keeps an uploaded file.
    public func keep(
        _ bytes: [UInt8], _ format: UploadedFile.Format, of owner: String, by origin: ChangeOrigin
    ) throws(PrefixRegisterError) -> UploadedFile {
        let name = try seal(bytes)
        let file = UploadedFile(
            number: DocumentNumber.make(), file: name, format: format, byteCount: bytes.count, owner: owner,
            created: ChangeOrigin.now)
        do throws(PrefixRegisterError) { try commit(file.creation(), by: origin) } catch {
            try? files.remove(name)
            throw error
        }
        return file
    }

    /// An uploaded file, with its bytes; nil where it has been removed.
    public func file(_ number: UInt64) throws(PrefixRegisterError) -> (file: UploadedFile, bytes: [UInt8])? {
        let stored = try read { (snapshot) throws(IndexError) in
            try snapshot.stored(UploadedFile.self, Enterprise.documentName(number))
        }
        guard let file = stored?.value else { return nil }
        return (file, try open(file.file))
    }

    /// The changes that give the files to an application; each may belong to one.
    func attaching(
        _ numbers: [UInt64], to enterprise: Enterprise
    ) throws(PrefixRegisterError) -> [Change] {
        var changes: [Change] = []
        for number in Set(numbers).sorted() {
            let stored = try read { (snapshot) throws(IndexError) in
                try snapshot.stored(UploadedFile.self, Enterprise.documentName(number))
            }
            guard let stored else { throw .noSuchFile }
            guard stored.value.enterprise == nil else { throw .fileTaken }
            var file = stored.value
            file.enterprise = enterprise.number
            changes += file.update(of: stored.sequence)
        }
        return changes
    }

    /// Seals bytes into a new file of a random name.
    func seal(_ bytes: [UInt8]) throws(PrefixRegisterError) -> String {
        let name: String
        let box: [UInt8]
        do throws(OpenSSLError) {
            name = String(decoding: Hex.encode(try Random.bytes(count: 16)), as: UTF8.self)
            box = try dataKey.seal(bytes, for: "file " + name)
        } catch {
            throw .library(error)
        }
        do { try files.write(box, to: name) } catch { throw .files }
        return name
    }

    func open(_ name: String) throws(PrefixRegisterError) -> [UInt8] {
        let box: [UInt8]
        do { box = try files.read(name) } catch { throw .files }
        do throws(OpenSSLError) { return try dataKey.open(box, for: "file " + name).exposed } catch {
            throw .library(error)
        }
    }
}
