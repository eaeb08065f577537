/// All settings of a node, in the order in which the file shows them. To add one, add it here and to `all`.
public enum Options {
    public static let all: [Setting] = [
        listen, workers,
        limitsExempt, limitsDatagrams, limitsIdle, limitsConnections, limitsConnectionsPerAddress, limitsRate,
        limitsBurst,
        limitsBytes, limitsBytesBurst, limitsErrors, limitsDryRun, limitsIncomplete,
        sessionCipher, sessionOldCiphers, authorityRemote,
        httpListen, httpClearCredentials, httpConnections, httpRate, httpBurst,
        httpsListen, httpsClients, tlsListen, tlsCertificate, tlsKey, tlsClients, tlsClientAuthorities,
        snmsEnabled, snmsBase, snmsOpenQuery, snmsDigestLogin, snmsPersonalData,
        storeMap, journalKeep, archiveDirectory, tableMemory,
        mirrorPrimary, mirrorIdentity, mirrorClear, mirrorProtocol, mirrorInterval,
        upstreamServer, upstreamName, upstreamPinnedKey, upstreamAuthorities, upstreamCertificate, upstreamKey,
        upstreamUser, upstreamPasswordFile, upstreamPrefix, upstreamInterval, upstreamKeep, logLevel,
    ]

    /// The option of that name, if there is one.
    public static func named(_ name: String) -> Setting? { all.first { $0.name == name } }

    /// Sections in the order of the table; the top level, which has no name, is first.
    static var sections: [String?] {
        all.reduce(into: []) { sections, option in
            if !sections.contains(option.section) { sections.append(option.section) }
        }
    }

    static let listen = Setting(
        name: "listen", kind: .endpoints, usual: .texts(["0.0.0.0:2641"]),
        english: "Addresses that answer, UDP and TCP on the same port; port 0 lets the kernel choose.",
        chinese: "监听地址，UDP 与 TCP 共用端口；端口 0 由内核选择。",
        isReloaded: false)
    static let workers = Setting(
        name: "workers", kind: .integer(0...256), usual: .integer(0),
        english: "Threads that answer datagrams; 0 is one a core.",
        chinese: "应答数据报的线程数；0 表示每核一个。",
        isReloaded: false)
    static let limitsExempt = Setting(
        name: "limits.exempt", kind: .networks, usual: .texts(["127.0.0.0/8", "::1/128"]),
        english: "Networks to which limits per address do not apply: your own recursive nodes.",
        chinese: "不受按地址限制的网络：自己的递归节点。",
        isReloaded: true)
    static let limitsDatagrams = Setting(
        name: "limits.datagrams", kind: .integer(1...533), usual: .integer(4),
        english: "Most datagrams of one answer to an address that has not proven itself.",
        chinese: "对未经证实的地址，一次应答最多的数据报数。",
        isReloaded: true)
    static let limitsIdle = Setting(
        name: "limits.idle", kind: .duration(unit: .seconds, 1...86_400), usual: .text("30s"),
        english: "How long a TCP connection without login may be idle.",
        chinese: "未登录的 TCP 连接最长空闲时间。",
        isReloaded: true)
    static let limitsConnections = Setting(
        name: "limits.connections", kind: .integer(0...1_000_000), usual: .integer(0),
        english: "Most TCP connections at a time; 0 is half of the descriptor limit.",
        chinese: "同时存在的 TCP 连接上限；0 表示描述符上限的一半。",
        isReloaded: false)
    static let limitsConnectionsPerAddress = Setting(
        name: "limits.connections-per-address", kind: .integer(1...1_000_000), usual: .integer(256),
        english: "Most TCP connections at a time from one address.",
        chinese: "单个地址同时存在的 TCP 连接上限。",
        isReloaded: true)
    static let limitsRate = Setting(
        name: "limits.rate", kind: .integer(1...10_000_000), usual: .integer(2_000),
        english: "Answers a second by UDP to one address; a network of 256 has eight times as many.",
        chinese: "每秒以 UDP 应答单个地址的次数；256 个地址的网段为其八倍。",
        isReloaded: true)
    static let limitsBurst = Setting(
        name: "limits.burst", kind: .integer(1...10_000_000), usual: .integer(5_000),
        english: "Answers that an address may get at once after a pause.",
        chinese: "单个地址停顿后可一次获得的应答数。",
        isReloaded: true)
    static let limitsBytes = Setting(
        name: "limits.bytes", kind: .byteCount(1_024...1 << 40), usual: .text("64KiB"),
        english: "Bytes a second by UDP to one address beyond three times its questions.",
        chinese: "每秒以 UDP 发往单个地址、超出其请求三倍的字节数。",
        isReloaded: true)
    static let limitsBytesBurst = Setting(
        name: "limits.bytes-burst", kind: .byteCount(1_024...1 << 40), usual: .text("256KiB"),
        english: "Such bytes that an address may get at once after a pause.",
        chinese: "单个地址停顿后可一次获得的上述字节数。",
        isReloaded: true)
    static let limitsErrors = Setting(
        name: "limits.errors", kind: .integer(1...10_000_000), usual: .integer(100),
        english: "Error answers a second by UDP to one address.",
        chinese: "每秒以 UDP 对单个地址的错误应答次数。",
        isReloaded: true)
    static let limitsDryRun = Setting(
        name: "limits.dry-run", kind: .boolean, usual: .boolean(false),
        english: "Only count what the rates by UDP would limit, and answer it: to find values before they hold.",
        chinese: "仅统计 UDP 速率限制会拦截的应答而照常应答，用于在生效前确定取值。",
        isReloaded: true)
    static let limitsIncomplete = Setting(
        name: "limits.incomplete", kind: .byteCount(1 << 20...1 << 40), usual: .text("64MiB"),
        english: "Memory for messages that have come in part, of all TCP connections together.",
        chinese: "所有 TCP 连接上尚未收全的消息共用的内存。",
        isReloaded: false)
    static let sessionCipher = Setting(
        name: "session.cipher", kind: .choice(["aes", "sm4"]), usual: .text("aes"),
        english: "Cipher of sessions whose key is encrypted for a client's key; others agree on AES.",
        chinese: "以客户端公钥加密会话密钥时所用的算法；其余会话协商 AES。",
        isReloaded: false)
    static let sessionOldCiphers = Setting(
        name: "session.old-ciphers", kind: .boolean, usual: .boolean(false),
        english: "Whether sessions may use DES and 3DES, for clients older than protocol 2.4.",
        chinese: "是否允许会话使用 DES 与 3DES（供协议 2.4 之前的客户端）。",
        isReloaded: false)
    static let authorityRemote = Setting(
        name: "authority.remote", kind: .optionalEndpoints, usual: .texts([]),
        english:
            "Servers asked, first to last, for administrators' keys and groups of other nodes; none: these count not.",
        chinese: "依次询问其他节点上管理员公钥与组的服务器；为空则不承认它们。",
        isReloaded: false)
    static let httpListen = Setting(
        name: "http.listen", kind: .optionalEndpoints, usual: .texts([]),
        english: "Addresses for HTTP in clear, on this machine only; port 0 lets the kernel choose.",
        chinese: "明文 HTTP 的监听地址，仅限本机；端口 0 由内核选择。",
        isReloaded: false)
    static let httpClearCredentials = Setting(
        name: "http.clear-credentials", kind: .boolean, usual: .boolean(false),
        english: "Whether passwords and tokens count over HTTP in clear: for a proxy on this machine that ends TLS.",
        chinese: "明文 HTTP 上的口令与令牌是否有效：用于本机上终结 TLS 的代理。",
        isReloaded: false)
    static let httpConnections = Setting(
        name: "http.connections", kind: .integer(1...1_000_000), usual: .integer(1_024),
        english: "Most HTTP connections at a time of each address that is listened on.",
        chinese: "每个监听地址同时存在的 HTTP 连接上限。",
        isReloaded: false)
    static let httpRate = Setting(
        name: "http.rate", kind: .integer(1...10_000_000), usual: .integer(500),
        english: "HTTP requests a second from one address.",
        chinese: "单个地址每秒的 HTTP 请求数。",
        isReloaded: false)
    static let httpBurst = Setting(
        name: "http.burst", kind: .integer(1...10_000_000), usual: .integer(2_000),
        english: "HTTP requests that an address may send at once after a pause.",
        chinese: "单个地址停顿后可一次发送的 HTTP 请求数。",
        isReloaded: false)
    static let httpsListen = Setting(
        name: "https.listen", kind: .optionalEndpoints, usual: .texts([]),
        english: "Addresses for HTTPS, with the certificate of tls.certificate; port 0 lets the kernel choose.",
        chinese: "HTTPS 的监听地址，使用 tls.certificate 的证书；端口 0 由内核选择。",
        isReloaded: false)
    static let httpsClients = Setting(
        name: "https.clients", kind: .choice(["none", "optional"]), usual: .text("optional"),
        english: "Whether clients are asked for a certificate, whose key may then prove who they are.",
        chinese: "是否向客户端索取证书，以其密钥证明身份。",
        isReloaded: true)
    static let tlsListen = Setting(
        name: "tls.listen", kind: .optionalEndpoints, usual: .texts([]),
        english: "Addresses for the Handle protocol inside TLS; port 0 lets the kernel choose.",
        chinese: "TLS 内 Handle 协议的监听地址；端口 0 由内核选择。",
        isReloaded: false)
    static let tlsCertificate = Setting(
        name: "tls.certificate", kind: .file, usual: .text("keys/tls-certificate.pem"),
        english: "The certificate for TLS and HTTPS, with those that lead from it to an authority, as PEM text.",
        chinese: "TLS 与 HTTPS 的证书及其证书链，PEM 文本。",
        isReloaded: true)
    static let tlsKey = Setting(
        name: "tls.key", kind: .file, usual: .text("keys/tls-key.pem"),
        english: "Its private key as PEM text; others must not be able to read it.",
        chinese: "其私钥，PEM 文本；他人不得可读。",
        isReloaded: true)
    static let tlsClients = Setting(
        name: "tls.clients", kind: .choice(["none", "optional", "required"]), usual: .text("none"),
        english: "Whether clients of the Handle protocol inside TLS must show a certificate of tls.client-authorities.",
        chinese: "TLS 内 Handle 协议的客户端是否须出示由 tls.client-authorities 签发的证书。",
        isReloaded: true)
    static let tlsClientAuthorities = Setting(
        name: "tls.client-authorities", kind: .file, usual: .text(""),
        english: "Certificates of the authorities that clients' certificates come from, as PEM text.",
        chinese: "签发客户端证书的机构的证书，PEM 文本。",
        isReloaded: true)
    static let snmsEnabled = Setting(
        name: "snms.enabled", kind: .boolean, usual: .boolean(true),
        english: "Whether the calls of SNMS are answered over HTTP.",
        chinese: "是否通过 HTTP 提供 SNMS 接口。",
        isReloaded: false)
    static let snmsBase = Setting(
        name: "snms.base", kind: .urlPath, usual: .text(""),
        english: "What stands in front of every path of SNMS.",
        chinese: "SNMS 各接口路径的前缀。",
        isReloaded: false)
    static let snmsOpenQuery = Setting(
        name: "snms.open-query", kind: .boolean, usual: .boolean(true),
        english: "Whether identifiers are shown without a token, as pages behind codes on products ask for them.",
        chinese: "查询标识是否无需令牌（扫码页面的查询方式）。",
        isReloaded: false)
    static let snmsDigestLogin = Setting(
        name: "snms.digest-login", kind: .boolean, usual: .boolean(true),
        english: "Whether enterprises may sign in by the day's digest of the password; operators never can.",
        chinese: "企业用户是否可用口令的当日摘要登录；运营者不可。",
        isReloaded: false)
    static let snmsPersonalData = Setting(
        name: "snms.personal-data", kind: .duration(unit: .days, 1...3_650), usual: .text("180d"),
        english: "How long an application is kept after its prefix was refused or revoked.",
        chinese: "前缀被拒绝或注销后申请资料的保留天数。",
        isReloaded: false)
    static let storeMap = Setting(
        name: "store.map", kind: .byteCount(0...1 << 40), usual: .integer(0),
        english: "Address space for the data file; 0 is the file system's size, from 64 GiB to 1 TiB.",
        chinese: "数据文件的地址空间；0 表示文件系统大小（64 GiB 至 1 TiB）。",
        isReloaded: false)
    static let journalKeep = Setting(
        name: "journal.keep", kind: .duration(unit: .days, 180...36_500), usual: .text("400d"),
        english: "How long the journal keeps changes, at least 180 days.",
        chinese: "变更日志保留时间，不少于 180 天。",
        isReloaded: true)
    static let archiveDirectory = Setting(
        name: "archive.directory", kind: .path, usual: .text(""),
        english: "Where the journal is archived behind each commit: another disk. Empty: nowhere.",
        chinese: "每次提交后归档变更日志的目录（应在另一磁盘）；为空则不归档。",
        isReloaded: false)
    static let tableMemory = Setting(
        name: "table.memory", kind: .byteCount(0...1 << 40), usual: .integer(0),
        english: "Memory for the lookup table in front of the data file; 0 does without.",
        chinese: "数据文件前查找表的内存；0 表示不用。",
        isReloaded: false)
    static let mirrorPrimary = Setting(
        name: "mirror.primary", kind: .optionalEndpoints, usual: .texts([]),
        english: "The primary that this mirror follows; none: this node follows nobody.",
        chinese: "本镜像所跟随的主节点；空表示不跟随。",
        isReloaded: false)
    static let mirrorIdentity = Setting(
        name: "mirror.identity", kind: .optionalReference, usual: .text(""),
        english: "Who this mirror is to its primary: where the public half of its key (keys/mirror.pem) is found.",
        chinese: "本镜像在主节点处的身份：其公钥（对应 keys/mirror.pem）所在的标识值。",
        isReloaded: false)
    static let mirrorClear = Setting(
        name: "mirror.clear", kind: .boolean, usual: .boolean(false),
        english: "Whether a primary's stream is taken that is signed but not encrypted.",
        chinese: "是否接受主节点仅签名而未加密的数据流。",
        isReloaded: false)
    static let mirrorProtocol = Setting(
        name: "mirror.protocol", kind: .choice(["auto", "banyan", "handle"]), usual: .text("auto"),
        english: "How the primary is followed: as a Banyan node, as a Handle server, or as whichever it answers as.",
        chinese: "跟随主节点的方式：按榕节点、按 Handle 服务器，或依其应答自动判断。",
        isReloaded: false)
    static let mirrorInterval = Setting(
        name: "mirror.interval", kind: .duration(unit: .seconds, 1...86_400), usual: .text("30s"),
        english: "How often a primary that is no Banyan node is asked; a Banyan node sends by itself.",
        chinese: "询问非榕主节点的间隔；榕节点会主动推送。",
        isReloaded: false)
    static let logLevel = Setting(
        name: "log.level", kind: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        usual: .text("info"),
        english: "Least severity that is logged, one JSON object a line on standard error.",
        chinese: "日志的最低级别；标准错误输出，每行一个 JSON 对象。",
        isReloaded: true)
}
