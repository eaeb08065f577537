/* names: the same N names for every server of a comparison, as it wants them.
 * use: names records N               Handle records, one JSON object a line: for `banyan load`
 *      names unsorted N              the same in another order, each once
 *      names handle N                resolution requests in hexadecimal: for udpload, and with -e and KPAL for tcpload
 *      names zone N BYTES            a zone file of `example.` with a TXT record of BYTES bytes for each name
 *      names dns N | names dnstcp N  DNS requests in hexadecimal, plain and with the length that TCP has in front
 * Handles are "88.100.1/" and ten digits, as those of lmdblimit; names are the ten digits below `example.`
 * build: cc -O2 -Wall -Wextra names.c -o names */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char digits[11];
static void number(uint64_t i) { for (int d = 10; d-- > 0; i /= 10) digits[d] = (char)('0' + i % 10); }
static void put(const char *text, size_t n) { if (fwrite(text, 1, n, stdout) != n) { perror("names"); exit(1); } }
static void text(const char *t) { put(t, strlen(t)); }
static void hex(const void *bytes, size_t n) {
    static const char digit[] = "0123456789abcdef";
    static char line[1024];
    for (size_t i = 0; i < n; i++) { line[2 * i] = digit[((const uint8_t *)bytes)[i] >> 4]; line[2 * i + 1] = digit[((const uint8_t *)bytes)[i] & 15]; }
    line[2 * n] = '\n';
    put(line, 2 * n + 1);
}

static void record(void) {
    text("{\"handle\":\"88.100.1/"); put(digits, 10);
    text("\",\"values\":[{\"index\":1,\"type\":\"URL\",\"data\":{\"format\":\"string\",\"value\":\"https://www.example.cn/p/"); put(digits, 10);
    text("\"},\"ttl\":86400},{\"index\":2,\"type\":\"NAME\",\"data\":{\"format\":\"string\",\"value\":\"bearing 6205-2Z 25 x 52 x 15\"},\"ttl\":86400},"
         "{\"index\":3,\"type\":\"BATCH\",\"data\":{\"format\":\"string\",\"value\":\"lot "); put(digits, 10);
    text(", line 4, shift 2\"},\"ttl\":86400}]}\n");
}
static void handle_request(void) {
    /* envelope (version 2.11, 59 bytes follow); resolution with RECU, CACR, KPAL and PUBL; the handle; no index, no type; no credential */
    static uint8_t request[79] = {2, 11, 2, 11, [19] = 59, [23] = 1, [28] = 0x1b, [36] = 0x7f, 0xff, 0xff, 0xff, [43] = 31, [47] = 19};
    memcpy(request + 48, "88.100.1/", 9);
    memcpy(request + 57, digits, 10);
    hex(request, sizeof request);
}
static void dns_request(int tcp) {
    static uint8_t request[2 + 12 + 20 + 4] = {0, 36, 0, 0, 0, 0, 0, 1, [14] = 10, [25] = 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 16, 0, 1};
    memcpy(request + 15, digits, 10);
    hex(request + (tcp ? 0 : 2), sizeof request - (tcp ? 0 : 2));
}

int main(int argc, char **argv) {
    if (argc < 3) { fprintf(stderr, "usage: see the head of names.c\n"); return 2; }
    uint64_t count = strtoull(argv[2], NULL, 10), bytes = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    const char *what = argv[1];
    setvbuf(stdout, NULL, _IOFBF, 1 << 20);
    if (!strcmp(what, "zone")) {
        if (bytes < 10 || bytes > 255) return 2;
        text("$ORIGIN example.\n$TTL 86400\n@ SOA ns hostmaster 1 3600 600 86400 3600\n@ NS ns\nns A 127.0.0.1\n");
    }
    for (uint64_t i = 0; i < count; i++) {
        /* the multiplier is a prime that no count of names shares a factor with, short of its multiples */
        number(!strcmp(what, "unsorted") ? i * 2654435761u % count : i);
        if (!strcmp(what, "records") || !strcmp(what, "unsorted")) record();
        else if (!strcmp(what, "handle")) handle_request();
        else if (!strcmp(what, "dns")) dns_request(0);
        else if (!strcmp(what, "dnstcp")) dns_request(1);
        else if (!strcmp(what, "zone")) {
            static char fill[256];
            memset(fill, 'x', sizeof fill);
            put(digits, 10); text(" TXT \""); put(digits, 10); put(fill, bytes - 10); text("\"\n");
        } else return 2;
    }
    return fflush(stdout) ? 1 : 0;
}
