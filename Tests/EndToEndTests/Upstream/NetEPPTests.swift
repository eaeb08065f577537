import BanyanTestSupport
import Foundation
import Testing

@Suite("upstream-sim's EPP, spoken to by Net::EPP (libnet-epp-perl)")
struct NetEPPTests {
    /// Debian's package is installed by `make test`.
    static let isThere = FileManager.default.fileExists(atPath: "/usr/share/perl5/Net/EPP/Client.pm")

    /// Login, messages, and the objects of the drafts as their samples have them.
    private static let script = #"""
        use strict;
        use Net::EPP::Client;
        use Net::EPP::Frame;
        my ($address, $authority, $certificate, $key, $user, $password) = @ARGV;
        my ($host, $port) = $address =~ /^(.*):(\d+)$/;
        my $epp = Net::EPP::Client->new(host => $host, port => $port, ssl => 1, frames => 1);
        my $greeting = $epp->connect(
            SSL_ca_file => $authority, SSL_cert_file => $certificate, SSL_key_file => $key,
            SSL_verifycn_name => 'upstream-sim', SSL_verifycn_scheme => 'http', Timeout => 20);
        my $ent = 'urn:ietf:params:xml:ns:idis-ent-1.0';
        my $prefix = 'urn:ietf:params:xml:ns:idis-entprefix-1.0';
        my @objects = map { $_->textContent } $greeting->getElementsByLocalName('objURI');
        die "objects: @objects" unless grep { $_ eq $ent } @objects;

        sub ask {
            my ($frame, $code) = @_;
            my $answer = $epp->request($frame);
            my ($result) = $answer->getElementsByLocalName('result');
            my $found = $result->getAttribute('code');
            die "expected $code, found $found: " . $answer->toString . "\n" unless $found == $code;
            return $answer;
        }
        sub command {
            my ($body) = @_;
            return '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
                . '<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command>' . $body
                . '<clTRID>perl-' . int(rand(1000000)) . '</clTRID></command></epp>';
        }
        my $poll = Net::EPP::Frame::Command::Poll::Req->new;
        $poll->clTRID->appendText('perl-poll');
        ask($poll, 2200);

        my $login = Net::EPP::Frame::Command::Login->new;
        $login->clID->appendText($user);
        $login->pw->appendText($password);
        $login->version->appendText('1.0');
        $login->lang->appendText('en');
        $login->svcs->appendChild($login->createElement('objURI'))->appendText($_) for @objects;
        $login->clTRID->appendText('perl-login');
        my $answer = ask($login, 1000);
        my ($client) = $answer->getElementsByLocalName('clTRID');
        die 'clTRID' unless $client->textContent eq 'perl-login';
        ask($poll, 1300);

        my $check = command("<check><ent:check xmlns:ent='$ent'><ent:shrUserId>$user</ent:shrUserId>"
            . '<ent:entCrtType>1</ent:entCrtType><ent:entCrtCode>91370000000000000X</ent:entCrtCode>'
            . '</ent:check></check>');
        ask($check, 2303);
        my $created = ask(command("<create><ent:create xmlns:ent='$ent'><ent:shrPrefix>$user</ent:shrPrefix>"
            . '<ent:entType>2</ent:entType><ent:entCrCode>91370000000000000X</ent:entCrCode>'
            . '<ent:entNameCn>&#33635;&#25104;</ent:entNameCn><ent:contact><ent:name>a</ent:name></ent:contact>'
            . '<ent:legalPerson><ent:name>b</ent:name><ent:idType>1</ent:idType><ent:idNo>2</ent:idNo>'
            . '</ent:legalPerson></ent:create></create>'), 1000);
        my ($number) = map { $_->textContent } $created->getElementsByLocalName('entId');
        my ($again) = map { $_->textContent } ask($check, 1000)->getElementsByLocalName('entId');
        die "numbers $number $again" unless $number eq $again;
        my $create = "<create><prefix:create xmlns:prefix='$prefix'><prefix:shrPrefix>$user</prefix:shrPrefix>"
            . "<prefix:entId>$number</prefix:entId><prefix:prefix>$user.1</prefix:prefix></prefix:create></create>";
        ask(command($create), 1001);
        ask(command($create), 2302);

        my $message = ask($poll, 1301);
        my ($queue) = $message->getElementsByLocalName('msgQ');
        my ($name) = $message->getElementsByTagNameNS($prefix, 'prefix');
        my ($result) = $message->getElementsByTagNameNS($prefix, 'auditResult');
        die 'message' unless $name->textContent eq "$user.1" && $result->textContent eq '1';
        my $ack = Net::EPP::Frame::Command::Poll::Ack->new;
        $ack->setMsgID($queue->getAttribute('id'));
        $ack->clTRID->appendText('perl-ack');
        ask($ack, 1000);
        ask($ack, 2303);
        ask($poll, 1300);

        my $hello = $epp->request(Net::EPP::Frame::Hello->new);
        die 'no greeting' unless $hello->getElementsByLocalName('greeting');
        my $logout = Net::EPP::Frame::Command::Logout->new;
        $logout->clTRID->appendText('perl-logout');
        ask($logout, 1500);
        print "done\n";
        """#

    @Test("greeting, login, enterprise, prefix, messages, hello, logout", .enabled(if: isThere))
    func conversation() throws {
        let made = try MadeNode()
        let top = try TestTopNode(for: made.directory, ["--decide", "approve"])
        let password = String(decoding: try top.folder.read("top/password"), as: UTF8.self)
        let folder = try TemporaryFolder()
        try folder.write(Array(Self.script.utf8), to: "script.pl")
        let child = try TestChild(
            "/usr/bin/perl",
            [
                folder.path + "/script.pl", top.address, top.folder.path + "/top/certificate.pem",
                made.directory + "/keys/tls-certificate.pem", made.directory + "/keys/tls-key.pem", "88.118.8",
                password.trimmingCharacters(in: .newlines),
            ], output: folder.path + "/output", error: folder.path + "/error")
        let status = child.wait()
        let error = String(decoding: try folder.read("error"), as: UTF8.self)
        #expect(status == 0, "\(error)")
        #expect(String(decoding: try folder.read("output"), as: UTF8.self) == "done\n")
    }
}
