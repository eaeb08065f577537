/// `DIR/serving`: there while a node serves the directory. One that is there at a start was left by a node that did
/// not take leave: killed, out of memory, without power, or ended by LMDB at a page that contradicts itself. Nothing is
/// lost by the first three; because of the last, a child looks through the index before the node reads it.
struct ServingMark: Sendable {
    let path: String

    var isThere: Bool { SystemFile.exists(path) }

    func set() throws(NodeError) {
        try system { () throws(SystemError) in
            try SystemFile.write(Array("\(SystemProcess.identifier)\n".utf8), to: path, mode: 0o640)
        }
    }

    /// One that cannot be taken away costs the next start a look at the index.
    func clear() { try? SystemFile.remove(path) }
}
