import BanyanRegistry

/// What people are told. Some clients compare `success`; the others are shown.
enum Messages {
    static let success = "success"
    static let signInAgain = "未登录或登录已失效，请重新登录"
    static let wrongCredentials = "用户名/密码错误！"
    static let needsTLS = "用户名、密码和令牌只能通过 HTTPS 传输"
    static let noPermission = "没有操作权限"
    static let busy = "系统繁忙"
    static let internalError = "系统内部错误"
    static let readOnly = "系统只读，暂不能写入"
    static let malformed = "请求参数格式错误"
    static let bodyTooLong = "请求内容过长"
    static let methodNotAllowed = "不支持的请求方法"
    static let identifierMissing = "没有找到标识"
    static let identifierExists = "标识已存在"
    static let identifierAbsent = "标识不存在"
    static let identifierSuspended = "标识已停用"
    static let identifierWithdrawn = "标识已注销"
    static let nameRules = "标识不符合该前缀的编码规则"
    static let quotaReached = "该前缀的标识数量已达上限"
    static let templateExists = "模板已存在"
    static let templateAbsent = "模板不存在"
    static let prefixNotHosted = "前缀未在本节点托管"
    static let prefixSuspended = "前缀已停用"
    static let prefixAbsent = "前缀不存在"
    static let prefixTaken = "前缀已被申请"
    static let prefixNotApproved = "前缀尚未通过审核"
    static let enterpriseAbsent = "企业不存在"
    static let certificateTaken = "企业证件已被使用"
    static let nameTaken = "用户名已存在"
    static let emailTaken = "邮箱已存在"
    static let mobileTaken = "手机号已存在"
    static let userAbsent = "用户不存在"
    static let batchEmpty = "批量数据不能为空"
    static let fileMissing = "没有找到上传的文件"
    static let fileTaken = "文件已被使用"
    static let fileKind = "仅支持 JPG、PNG、BMP 图片和 PDF 文件"

    static func lockedOut(seconds: Int) -> String { "登录失败次数过多，请在\((seconds + 59) / 60)分钟后重试" }
    static func missing(_ name: String) -> String { "缺少必要的请求参数: \(name)" }
    static func tooLong(_ name: String, _ length: Int) -> String { "参数\(name)长度不能超过\(length)" }
    static func invalid(_ name: String) -> String { "参数\(name)不正确" }
    static func batchTooLong(_ count: Int) -> String { "批量操作一次不能超过\(count)条" }
    static func fileTooLong(_ megabytes: Int) -> String { "文件大小不能超过\(megabytes)MB" }

    static func text(_ violation: TemplateViolation) -> String {
        switch violation {
        case .unknownIndex(let index), .reservedIndex(let index): "非法操作，索引\(index)在模板中不存在"
        case .otherType(let index): "非法操作，索引\(index)的类型与模板不一致"
        case .repeatedIndex(let index): "非法操作，索引\(index)重复"
        case .disabledItem(let name): "模板属性\(name)已停用"
        case .missingItem(let name): "缺少模板必填属性: \(name)"
        case .tooShort(let name, let length): "属性\(name)长度不能小于\(length)"
        case .tooLong(let name, let length): "属性\(name)长度不能大于\(length)"
        case .noItems: missing("items")
        case .tooManyItems: tooLong("items", Template.itemCountMax)
        case .repeatedName(let name): "属性名称\(name)重复"
        case .repeatedType(let type): "属性英文名称\(type)重复"
        case .invalidLengths(let name): "属性\(name)的长度范围不正确"
        }
    }
}
