import BanyanTestSupport
import Testing

@Suite("pyhandle 1.5.0 against the Handle REST API")
struct PyhandleTests {
    /// What a repository does in the life of an identifier; each step looks at what it has brought about.
    private static let script = """
        import sys
        from pyhandle.handleclient import PyHandleClient
        from pyhandle.handleexceptions import (
            HandleAlreadyExistsException, HandleAuthenticationError, HandleNotFoundException)

        url, user, secret = sys.argv[1:4]
        client = PyHandleClient('rest').instantiate_with_username_and_password(
            url, user, secret, HTTPS_verify=False, reverselookup_username=user, reverselookup_password=secret)
        handle = '88.118.8/PY-1'

        assert client.register_handle(handle, location='https://example.cn/1', checksum='abc') == handle
        try:
            client.register_handle(handle, location='https://example.cn/2')
            sys.exit('registered twice')
        except HandleAlreadyExistsException:
            pass
        assert client.get_value_from_handle(handle, 'URL') == 'https://example.cn/1'

        client.modify_handle_value(handle, URL='https://example.cn/3')
        client.add_handle_value(handle, EMAIL='ops@example.cn', DESC='福州榕树制造')
        record = client.retrieve_handle_record(handle)
        assert record['URL'] == 'https://example.cn/3', record
        assert record['EMAIL'] == 'ops@example.cn', record
        assert record['DESC'] == '福州榕树制造', record
        assert record['CHECKSUM'] == 'abc', record
        assert 'HS_ADMIN' in record, record

        client.delete_handle_value(handle, 'EMAIL')
        assert 'EMAIL' not in client.retrieve_handle_record(handle)
        client.register_handle_kv('88.118.8/PY-2', URL='https://example.cn/other', CHECKSUM='def')
        client.register_handle_json('88.118.8/中文', [
            {'index': 1, 'type': 'URL', 'data': {'format': 'string', 'value': 'https://example.cn/zh'}}])
        generated = client.generate_and_register_handle('88.118.8', 'https://example.cn/generated')
        assert client.get_value_from_handle(generated, 'URL') == 'https://example.cn/generated'

        assert client.search_handle(URL='*example.cn/3*') == [handle]
        assert sorted(client.search_handle(URL='https://example.cn/*', CHECKSUM='def')) == ['88.118.8/PY-2']
        assert client.search_handle(URL='*none*') == []

        stranger = PyHandleClient('rest').instantiate_with_username_and_password(
            url, user, 'wrong', HTTPS_verify=False)
        try:
            stranger.modify_handle_value(handle, URL='https://example.cn/stolen')
            sys.exit('modified by a stranger')
        except HandleAuthenticationError:
            pass

        client.delete_handle(handle)
        assert client.retrieve_handle_record_json(handle) is None
        try:
            client.get_value_from_handle(handle, 'URL')
            sys.exit('found after it was deleted')
        except HandleNotFoundException:
            pass
        print('done')
        """

    @Test(
        "registers, modifies, adds, removes, searches and deletes",
        .enabled("pyhandle cannot be installed here") { Pyhandle.interpreter != nil })
    func life() throws {
        let api = try HandleAPINode()
        let port = try #require(api.node.httpPort)
        let result = try Pyhandle.run(
            script: Self.script, ["http://127.0.0.1:\(port)", HandleAPINode.user, HandleAPINode.secret])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "done\n")
    }
}
