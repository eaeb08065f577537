import BanyanIndex
import BanyanRegistry
import HandleProtocol
import OpenSSL

extension Evaluation {
    /// Creates a handle (RFC 3652 §3.6.2), also over one that is there (OVRW), or with a suffix made up here (MINT).
    ///
    ///  1. Not ours: 301; delegated: 303. Not UTF-8: 102. An index below 1: 202; one twice: 201. There already: 101,
    ///     also over a withdrawn one; over a suspended one 401. A new name that breaks a rule of its prefix: 102.
    ///  2. The administrators of the prefix say who may add handles, those of the parent prefix who may add derived
    ///     ones. Over a handle that is there: `mayOverwrite`.
    mutating func create(_ body: ValuesRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        let flags = draft.request.header.flags
        try Responsibility.check(body.handle, in: snapshot)
        let isMinted = flags.contains(.mint)
        if !isMinted { try referIfDelegated(body.handle, in: snapshot) }
        guard UTF8Text.isValid(body.handle.rawSpan) else { throw Refusal(.invalidHandle, "Invalid UTF8 encoding") }
        guard Handle(body.handle).isStorable else { throw Refusal(.invalidHandle) }
        try body.values.checkIndexes()
        let check = try nameCheck(of: body.handle, in: snapshot)
        let handle = isMinted ? try minted(body.handle, check) : body.handle
        let record = try authority.record(of: handle, in: snapshot)
        if let record {
            guard flags.contains(.overwrite), record.state != .withdrawn else { throw Refusal(.handleAlreadyExists) }
            try record.checkActive()
        } else {
            try check?.checkName(of: handle)
        }

        guard isAskerKnown else { return .needsProof }
        let isPermitted: Bool
        if let record {
            isPermitted = try mayOverwrite(handle, try record.parsedValues(), with: body.values, in: snapshot)
        } else {
            isPermitted = try mayAdd(handle, in: snapshot)
        }
        guard isPermitted else { throw Refusal(.notAdministrator) }
        var telling: OpFlags = isMinted ? .mint : []
        if record != nil { telling.insert(.overwrite) }
        return .change(
            .put(handle: handle, values: body.values.unstampedBytes),
            Plan.Success(body: .created(HandleRequest(handle: handle)), telling: telling))
    }

    /// Whether the identity may add this handle.
    private mutating func mayAdd(_ handle: [UInt8], in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Bool {
        let name = Handle(handle).folded()
        let parent = name.parent
        let isAdministrator = try authority.isAdministrator(
            of: (parent ?? name.prefixHandle).bytes, with: parent == nil ? .addHandle : .addDerivedPrefix,
            in: snapshot)
        if isAdministrator { return true }
        return try authority.isServerAdministrator(in: snapshot)
    }

    /// Whether the identity may put these values in the place of the old ones: with the permissions that each
    /// difference needs; or as one who may add administrators, and so could give himself all the rest; or as one who
    /// may delete the handle and add it again.
    private mutating func mayOverwrite(
        _ handle: [UInt8], _ old: [HandleValue], with new: [HandleValue], in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        let needed = AdminPermissions.needed(toTurn: old, into: new)
        if try authority.isAdministrator(by: old, with: needed, in: snapshot) { return true }
        if try authority.isAdministrator(by: old, with: .addAdministrator, in: snapshot) { return true }
        if try authority.isServerAdministrator(in: snapshot) { return true }
        guard try authority.isAdministrator(by: old, with: .deleteHandle, in: snapshot) else { return false }
        return try mayAdd(handle, in: snapshot)
    }

    /// The rules for names under the handle's prefix, if it has any.
    private func nameCheck(
        of handle: [UInt8], in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> NameCheck? {
        do throws(IndexError) {
            return NameCheck(of: try snapshot.prefixRow(Handle(handle).folded().prefix.bytes.rawSpan))
        } catch {
            throw Refusal(.error)
        }
    }

    /// The beginning of a name with a random UUID behind it (RFC 9562 §5.4): nobody has to look for a free one. Where
    /// the prefix wants a check character, it has one.
    private func minted(_ beginning: [UInt8], _ check: NameCheck?) throws(Refusal) -> [UInt8] {
        var bytes: [UInt8]
        do throws(OpenSSLError) { bytes = try Random.bytes(count: 16) } catch { throw Refusal(.error) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var handle = beginning
        for (position, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(position) { handle.append(UInt8(ascii: "-")) }
            for digit in [byte >> 4, byte & 0x0F] {
                handle.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        if let last = check?.rules.checkCharacter?.character(behind: Handle(handle).localName) { handle.append(last) }
        guard Handle(handle).isStorable else { throw Refusal(.invalidHandle) }
        return handle
    }
}

extension NameCheck {
    /// Refuses a name that breaks a rule, and says which and how.
    fileprivate func checkName(of handle: [UInt8]) throws(Refusal) {
        do throws(RegistrationError) { try check(localName: Handle(handle).localName.rawSpan) } catch {
            throw Refusal(.invalidHandle, explanation(of: error))
        }
    }
}

extension AdminPermissions {
    /// What each difference between two lists of values needs; timestamps are none.
    static func needed(toTurn old: [HandleValue], into new: [HandleValue]) -> AdminPermissions {
        var needed: AdminPermissions = []
        var left: [UInt32: HandleValue] = [:]
        for value in old { left[value.index] = value }
        for value in new {
            guard let before = left.removeValue(forKey: value.index) else {
                needed.insert(value.isAdministrator ? .addAdministrator : .addValue)
                continue
            }
            if !value.isSame(as: before) { needed.formUnion(.needed(toModify: before, into: value)) }
        }
        for value in left.values { needed.formUnion(.needed(toRemove: value)) }
        return needed
    }

    static func needed(toModify old: HandleValue, into new: HandleValue) -> AdminPermissions {
        switch (old.isAdministrator, new.isAdministrator) {
        case (false, false): .modifyValue
        case (true, true): .modifyAdministrator
        case (true, false): [.removeAdministrator, .modifyValue]
        case (false, true): [.modifyValue, .addAdministrator]
        }
    }

    static func needed(toRemove value: HandleValue) -> AdminPermissions {
        value.isAdministrator ? .removeAdministrator : .removeValue
    }
}

extension HandleValue {
    /// Whether both are equal but for the timestamp.
    func isSame(as other: HandleValue) -> Bool {
        var other = other
        other.timestamp = timestamp
        return self == other
    }
}
