import BanyanBulk
import BanyanTestSupport
import Foundation
import HandleProtocol
import Testing

@Suite("The Handle tools' batch file")
struct BatchTests {
    @Test("every operation is done in the order of the file; logins are passed over")
    func operations() throws {
        let test = try TestLoad()
        try test.folder.write([0, 1, 255], to: "blob")
        let path = try test.file(
            "a.batch",
            """
            # A comment.
            AUTHENTICATE SECKEY:300:0.NA/88.118.8
            secret

            SESSIONSETUP
            USESESSION:1

            CREATE 88.118.8/SN 1
            1 URL 86400 1110 UTF8 http://www.example.cn/p/1?a=b c
            2 名称 0 1100 UTF8 轴承
            3 BLOB 86400 1110 FILE \(test.folder.path)/blob
            4 EMPTY 86400 1110 UTF8
            100 HS_ADMIN 86400 1110 ADMIN 300:100000010000:0.NA/88.118.8
            200 HS_VLIST 86400 1110 LIST 300:0.NA/88.118.8;301:0.NA/88.118.8;

            ADD 88.118.8/SN 1
            5 EMAIL 86400 1110 UTF8 a@b.cn

            MODIFY 88.118.8/SN 1
            5 EMAIL 86400 1110 UTF8 c@d.cn

            REMOVE 2,4:88.118.8/SN 1

            CREATE 88.118.8/2
            1 URL 86400 1110 UTF8 x

            DELETE 88.118.8/2

            HOME 127.0.0.1:2641:TCP
            0.NA/88.118.9
            0.NA/88.118.10

            CREATE 88.118.9/1
            1 URL 86400 1110 UTF8 x

            UNHOME 127.0.0.1:2641:TCP
            0.NA/88.118.9

            CREATE 88.118.9/2
            1 URL 86400 1110 UTF8 x
            """)
        let report = try test.load(path)
        #expect(
            test.rejections == [
                "a.batch:39: handle: the prefix is not homed here; home it first with `banyan prefix add`"
            ])
        // Three handles, two prefixes.
        #expect(report.createdCount == 5)
        let values = try #require(try test.values("88.118.8/SN 1"))
        #expect(values.map(\.index) == [1, 3, 5, 100, 200])
        #expect(values[1].data == [0, 1, 255])
        #expect(values[2].data == Array("c@d.cn".utf8))
        #expect(try administrator(values[3]).permissions == [.addHandle, .readValue])
        #expect(try list(values[4]).references.count == 2)
        #expect(try test.values("88.118.8/2") == nil)
        #expect(try test.values("88.118.9/1") != nil)
    }

    @Test("bad blocks name line, field and reason, and the rest goes on")
    func badBlocks() throws {
        let test = try TestLoad()
        let path = try test.file(
            "a.batch",
            """
            CREATE 88.118.8/1
            1 URL 86400 1110

            CREATE 88.118.8/1
            1 URL 86400 1110 UTF8 x
            0 URL 86400 1110 UTF8 x

            CREATE 88.118.8/1
            1 URL day 1110 UTF8 x

            CREATE 88.118.8/1
            1 URL 86400 111 UTF8 x

            CREATE 88.118.8/1
            1 URL 86400 1110 FILE /nowhere/x

            CREATE

            REMOVE 88.118.8/1

            HOME 1.2.3.4:2641:TCP
            88/1

            RENAME 88.118.8/1

            DELETE 88.118.8/none

            CREATE 88.118.8/1
            1 URL 86400 1110 UTF8 x
            """)
        let report = try test.load(path)
        let block = "line 2 of the block, "
        #expect(
            test.rejections == [
                "a.batch:1: \(block)value: give INDEX TYPE TTL PERMISSIONS KIND DATA with one blank between",
                "a.batch:4: line 3 of the block, index: give a number from 1 to 2147483647",
                "a.batch:8: \(block)ttl: give whole seconds below 2147483648",
                "a.batch:11: \(block)permissions: give four digits 0 or 1, as in 1110",
                "a.batch:14: \(block)data: /nowhere/x: No such file or directory",
                "a.batch:17: CREATE: the handle is missing; add it",
                "a.batch:19: REMOVE: give INDEX,INDEX:HANDLE",
                "a.batch:21: no prefix; give it as 0.NA/PREFIX",
                "a.batch:24: no such operation; use one of CREATE, ADD, MODIFY, REMOVE, DELETE, HOME, UNHOME, "
                    + "AUTHENTICATE, SESSIONSETUP",
                "a.batch:26: handle: the handle does not exist; create it first, or take the row out",
            ])
        #expect(report.createdCount == 1)
    }
}

@Suite("Wire form")
struct WireTests {
    @Test("the recorded server's whole content is loaded as it is")
    func dataset() throws {
        let test = try TestLoad(homing: [])
        let path = Vectors.directory.appending(path: "dataset.jsonl").path
        let report = try test.load(path)
        #expect(report.rejectedCount == 0, "\(test.rejections.prefix(5))")
        #expect(report.createdCount == 3_045 + 5)
        for vector in try Vectors.load("dataset") {
            guard let handle = vector.fields["handle"].string, let list = vector.fields["values_hex"].array else {
                continue
            }
            var writer = ByteWriter()
            for value in try #require(try test.values(handle)) { value.write(to: &writer) }
            #expect(writer.bytes == list.flatMap { $0.hex ?? [] }, "\(handle)")
        }
    }

    @Test("bad lines name the member")
    func badLines() throws {
        let test = try TestLoad()
        let path = try test.file(
            "a.jsonl",
            """
            {"homed":"0.NA/88/1"}
            {"handle":"88.118.8/1"}
            {"values_hex":[]}
            {"handle":"88.118.8/1","values_hex":["zz"]}
            {"handle":"88.118.8/1","values_hex":["0000000100000000000000000a0e0000000155000000017800000000",""]}
            {"meta":true}
            """)
        try test.load(path)
        #expect(
            test.rejections == [
                "a.jsonl:1: homed: no prefix; give it as 0.NA/PREFIX",
                "a.jsonl:2: values_hex: the member is missing; add it",
                "a.jsonl:3: handle: the member is missing; add it",
                "a.jsonl:4: values_hex: give one handle value in wire encoding as hexadecimal digits (column 38)",
                "a.jsonl:5: values_hex[2]: give one handle value in wire encoding as hexadecimal digits (column 97)",
            ])
    }
}
