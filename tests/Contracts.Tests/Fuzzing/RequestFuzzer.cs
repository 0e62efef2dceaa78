using System.IO.Compression;
using System.Text;

namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>Requests that are wrong in one way or several: body, path, query, headers, method. The same seed gives the same requests.</summary>
public sealed class RequestFuzzer(IReadOnlyList<DocumentedRequest> documented, string host, int seed)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get"];

    private static readonly string[] Segments =
    [
        "%00", "%01", "%7f", "%ff", "%c3%28", "%ED%A0%80", "%F0%9F%98%80", "..%2f..", "%2e%2e", "%5c..%5c", "a%0d%0aX-Evil:%201", "a%20b", "a@b", "chat@1", "chat@99999999999", "chat@-1", "@", "%25", "%zz", "%E2%80%AE",
        "a:b", ";", "'%20or%201%20eq%201", "a|b", "CON", "~", "null", "-1", "0", "99999999999999999999", "\u00e9", "\u0001", "a%2Fb", "a+b", "%3f", "%23", "*", "$batch", "0123456789abcdef", "00000000000000000000000000000000",
    ];

    private static readonly string[] QueryValues =
    [
        "", "-1", "0", "1", "99999999999999999999", "1e5", "NaN", "%00", "%ff", "%ED%A0%80", "%zz", "a%0d%0aX-Evil:%201", "2026-13-45", "0001-01-01", "9999-12-31", "2026-01-01", "2026-01-01T00:00:00%2B14:00", "YWZ0ZXI6", "YWZ0ZXI6YQ%3D%3D", "%F0%9F%98%80",
        "route,route", "route,client,,", "csv", "text", "json", "\u0001", "'", "true", "*",
    ];

    private static readonly (string Name, string Value)[] Headers =
    [
        ("Content-Encoding", "gzip"), ("Content-Encoding", "deflate"), ("Content-Encoding", "br"), ("Content-Encoding", "gzip, gzip"), ("Content-Encoding", "\u00ff"), ("Accept", "text/csv"), ("Accept", "*/*;q=a"), ("Accept", "\u00ff\u0001"),
        ("If-Match", "abc"), ("If-Match", "\"99999999999\""), ("If-Match", "*"), ("If-Match", "W/\"1\""), ("If-Match", "\"\""), ("If-None-Match", "\"1\""), ("x-ms-meta-groups", "a|b"), ("x-ms-meta-groups", "\u00ff"), ("x-ms-meta-groups", ""), ("x-ms-meta-users", ",,"), ("x-ms-meta-users", "\u0001"),
        ("x-request-id", "a b"), ("x-request-id", "\u00e9"), ("traceparent", "00-0-0-0"), ("traceparent", "\u00ff"), ("tracestate", "a=b,,=,"), ("baggage", "a=%ff,\u00e9"), ("Authorization", "Basic Zm9v"), ("Authorization", "Bearer \u00ff"), ("x-api-key", "\u0001"), ("x-api-key", "sk-0123456789abcdef-wrong"),
        ("Range", "bytes=5-1"), ("Cookie", "a=\u00e9"), ("Origin", "null"), ("Origin", "\u00ff"), ("Sec-Fetch-Site", "cross-site"), ("X-Forwarded-For", "'"), ("Forwarded", "for=\u0001"), ("Via", "1.1 x"), ("X-HTTP-Method-Override", "DELETE"), ("Cache-Control", "no-store, \u00ff"), ("Expect", "200-ok"),
        ("Accept-Encoding", "gzip;q=x"), ("Upgrade", "h2c"), ("Host", ""), ("X\u0001", "a"), ("Bad Name", "a"), ("Date", "never"), ("Access-Control-Request-Method", "\u00ff"), ("Idempotency-Key", "\u0000"),
    ];

    private static readonly string?[] ContentTypes =
    [
        null, "", "text/plain", "application/json; charset=utf-16", "application/json; charset=\u00ff", "application/json;;;", "application/json\u0001", "json", "multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded", "/", "*/*",
        "text/html; charset=utf-7", "application/octet-stream", "application/problem+json",
    ];

    private readonly Random _random = new(seed);

    public FuzzedRequest Next()
    {
        var request = documented[_random.Next(documented.Count)];
        var method = One(25) ? Methods[_random.Next(Methods.Length)] : request.Method;
        var body = request.Body is null ? One(10) ? Encoding.UTF8.GetBytes(FuzzedJson.Tree(_random)) : [] : Body(request.Body);
        var head = new StringBuilder($"{method} {Target(request.Target)} HTTP/1.1\r\n");
        var headers = new List<(string Name, string Value)>();
        for (var i = One(3) ? _random.Next(1, 3) : 0; i > 0; i--) headers.Add(Headers[_random.Next(Headers.Length)]);
        if (!headers.Exists(h => h.Name == "Host")) headers.Insert(0, ("Host", host));
        if ((One(8) ? ContentTypes[_random.Next(ContentTypes.Length)] : "application/json") is { } type) headers.Add(("Content-Type", type));
        if (headers.Exists(h => h is ("Content-Encoding", "gzip")) && One(2)) body = Compress(body);
        foreach (var (name, value) in headers) head.Append(name).Append(": ").Append(value).Append("\r\n");
        return new FuzzedRequest(method, head.ToString(), body);
    }

    private static byte[] Compress(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(body);
        return packed.ToArray();
    }

    private bool One(int of) => _random.Next(of) == 0;

    private byte[] Body(string valid)
    {
        if (One(12)) return Encoding.UTF8.GetBytes(valid);
        var bytes = Encoding.UTF8.GetBytes(One(8) ? FuzzedJson.Tree(_random) : FuzzedJson.Spoil(valid, _random));
        if (bytes.Length > 0 && One(25)) bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        if (One(40)) bytes = bytes[.._random.Next(bytes.Length + 1)];
        if (One(60)) bytes = [0xEF, 0xBB, 0xBF, .. bytes];
        return One(100) ? Encoding.Unicode.GetBytes(valid) : bytes;
    }

    private string Target(string target)
    {
        var spoilt = new StringBuilder();
        while (target.IndexOf('{', StringComparison.Ordinal) is >= 0 and var start)
        {
            var end = target.IndexOf('}', start);
            var values = target[..start].Contains('?', StringComparison.Ordinal) || spoilt.ToString().Contains('?', StringComparison.Ordinal) ? QueryValues : Segments;
            spoilt.Append(target, 0, start).Append(One(4) ? One(30) ? new string('a', 3000) : values[_random.Next(values.Length)] : target[(start + 1)..end]);
            target = target[(end + 1)..];
        }

        return spoilt.Append(target).ToString();
    }
}
