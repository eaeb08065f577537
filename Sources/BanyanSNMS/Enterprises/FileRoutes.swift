import BanyanHTTP
import BanyanRegistry

/// Files that belong to applications: images of certificates, contracts.
struct FileRoutes: Sendable {
    let services: SNMSServices

    var routes: [SNMSRoute] {
        [SNMSRoute("POST", "/snms/api/file/upload", bodyByteCountMax: 6 << 20) { try upload($0) }]
    }

    private func upload(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        guard let principal = request.principal, principal.may(.prefix) else {
            throw SNMSFailure(.noPermission, Messages.noPermission)
        }
        guard let bytes = Multipart.part("file", in: request.body, contentType: request.contentType), !bytes.isEmpty
        else { throw .refused(Messages.missing("file")) }
        guard let format = UploadedFile.Format(bytes) else { throw .refused(Messages.fileKind) }
        guard bytes.count <= format.byteCountMax else {
            throw .refused(Messages.fileTooLong(format.byteCountMax >> 20))
        }
        do throws(PrefixRegisterError) {
            let file = try services.prefixes.keep(bytes, format, of: principal.name, by: request.origin)
            return .object([
                ("id", .integer(file.number)), ("path", .string("\(file.file).\(format.rawValue)")),
            ])
        } catch {
            throw SNMSFailure(error)
        }
    }
}
