/// The settings of the link to the upstream.
extension Options {
    static let upstreamServer = Setting(
        name: "upstream.server", kind: .optionalEndpoints, usual: .texts([]),
        english: "The upstream's EPP server, over TLS; none: no upstream, and applications are decided here alone.",
        chinese: "上级节点的 EPP 服务器（TLS）；空表示没有上级，申请仅由本节点审核。",
        isReloaded: false)
    static let upstreamName = Setting(
        name: "upstream.name", kind: .word, usual: .text(""),
        english: "What the upstream's certificate must be for; needed unless its key is pinned.",
        chinese: "上级节点证书应对应的名称；未固定公钥时必填。",
        isReloaded: false)
    static let upstreamPinnedKey = Setting(
        name: "upstream.pinned-key", kind: .word, usual: .text(""),
        english:
            "SHA-256 of the upstream's public key (SubjectPublicKeyInfo), in hexadecimal: believed in any certificate.",
        chinese: "上级节点公钥（SubjectPublicKeyInfo）的 SHA-256，十六进制；持有该密钥即被信任。",
        isReloaded: false)
    static let upstreamAuthorities = Setting(
        name: "upstream.authorities", kind: .file, usual: .text(""),
        english: "Certificates that the upstream's must come from, as PEM text; empty: those that this machine trusts.",
        chinese: "上级节点证书所须出自的机构证书，PEM 文本；为空则用本机信任的机构。",
        isReloaded: false)
    static let upstreamCertificate = Setting(
        name: "upstream.certificate", kind: .file, usual: .text(""),
        english: "The certificate that the upstream knows this node by, as PEM text; empty: that of tls.certificate.",
        chinese: "本节点在上级节点处所用的证书，PEM 文本；为空则用 tls.certificate。",
        isReloaded: false)
    static let upstreamKey = Setting(
        name: "upstream.key", kind: .file, usual: .text(""),
        english: "Its private key as PEM text; others must not be able to read it.",
        chinese: "其私钥，PEM 文本；他人不得可读。",
        isReloaded: false)
    static let upstreamUser = Setting(
        name: "upstream.user", kind: .word, usual: .text(""),
        english: "This node's name at the upstream, for the login and for the enterprises that it brings.",
        chinese: "本节点在上级节点处的用户名，用于登录与所报企业。",
        isReloaded: false)
    static let upstreamPasswordFile = Setting(
        name: "upstream.password-file", kind: .file, usual: .text("keys/upstream-password"),
        english: "A file with the password for it in its first line; others must not be able to read it.",
        chinese: "口令文件（首行为口令）；他人不得可读。",
        isReloaded: false)
    static let upstreamPrefix = Setting(
        name: "upstream.prefix", kind: .word, usual: .text(""),
        english: "This node's own prefix, as the upstream knows it; empty: the parent of each enterprise's prefix.",
        chinese: "本节点的前缀；为空则取企业前缀的上一级。",
        isReloaded: false)
    static let upstreamInterval = Setting(
        name: "upstream.interval", kind: .duration(unit: .seconds, 1...86_400), usual: .text("60s"),
        english: "How often the upstream is asked for its decisions and orders.",
        chinese: "向上级节点查询审核结果与指令的间隔。",
        isReloaded: false)
    static let upstreamKeep = Setting(
        name: "upstream.keep", kind: .duration(unit: .days, 180...36_500), usual: .text("400d"),
        english: "How long errands, receipts and notices are kept, at least 180 days.",
        chinese: "上报事项、回执与通知的保留时间，不少于 180 天。",
        isReloaded: false)
}
