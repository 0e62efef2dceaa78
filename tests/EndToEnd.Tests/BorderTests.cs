using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.EndToEnd.Tests;

/// <summary>What reaches both servers over bare sockets: requests that two readers could take for different ones, that never end, or that are larger than they look. Neighbours go on.</summary>
[Collection("stack")]
public sealed class BorderTests(StackFixture fixture)
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    private readonly LocalStack _stack = fixture.Stack;

    public static TheoryData<string, string> Framings => new()
    {
        { "a length and chunks", $"Content-Length: 6\r\n{Chunked}\r\n0\r\n\r\n" },
        { "chunks and a length", $"{Chunked}Content-Length: 4\r\n\r\n0\r\n\r\n" },
        { "two lengths", "Content-Length: 0\r\nContent-Length: 60\r\n\r\n" },
        { "two lengths in one", "Content-Length: 0, 60\r\n\r\n" },
        { "a length with a sign", "Content-Length: +0\r\n\r\n" },
        { "a negative length", "Content-Length: -1\r\n\r\n" },
        { "a hexadecimal length", "Content-Length: 0x0\r\n\r\n" },
        { "an unknown coding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
        { "chunks first", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" },
        { "a tab before the value", "Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" },
        { "a blank before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" },
        { "a vertical tab in the value", "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" },
        { "two codings", $"{Chunked}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" },
        { "a bare LF between headers", $"X: a\n{Chunked}\r\n0\r\n\r\n" },
        { "a folded header", "X: a\r\n Content-Length: 60\r\n\r\n" },
        { "a folded coding", "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" },
        { "an LF in a chunk's extension", $"{Chunked}\r\n1;\nx\r\na\r\n0\r\n\r\n" },
        { "a size with a sign", $"{Chunked}\r\n+0\r\n\r\n" },
        { "a size past 64 bits", $"{Chunked}\r\n10000000000000000\r\n\r\n" },
        { "a trailer that is a header", $"{Chunked}\r\n0\r\nContent-Length: 60\r\n\r\n" },
        { "a bare CR in a value", "X: a\rContent-Length: 60\r\n\r\n" },
        { "a NUL in a name", "X\0: a\r\n\r\n" },
    };

    /// <summary>DNS rebinding: a page whose name is pointed at this machine reads nothing, of the page, the app or the worker.</summary>
    [Theory]
    [InlineData("GET / HTTP/1.1", "")]
    [InlineData("GET /v1/models HTTP/1.1", "")]
    [InlineData("POST /collections/gardening/search HTTP/1.1", """{"query":"figs"}""")]
    public async Task Request_UnderAStrangersName_IsRefused(string line, string body)
    {
        foreach (var http in (HttpClient[])[_stack.Http, _stack.Worker])
        {
            var sent = $"{line}\r\nHost: rebound.attacker.example:{http.BaseAddress!.Port}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
            var answer = await ExchangeAsync(http.BaseAddress!, Encoding.Latin1.GetBytes(sent), TimeSpan.FromSeconds(10));
            Assert.StartsWith(http == _stack.Http ? "HTTP/1.1 421" : "HTTP/1.1 400", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("gardening", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task Request_OfDoubtfulFraming_IsNeverReadAsAnotherOfANeighbour(string name, string rest)
    {
        foreach (var http in (HttpClient[])[_stack.Http, _stack.Worker])
        {
            // What follows would be the neighbour's next request, were it taken for part of the connection to the app.
            var sent = $"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{rest}GET /v1/models/smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            // Where a server takes the rest for a body it waits for more of it, and says nothing.
            var answers = await ExchangeAsync(http.BaseAddress!, Encoding.Latin1.GetBytes(sent), TimeSpan.FromSeconds(2));
            Assert.DoesNotContain("HTTP/1.1 5", answers, StringComparison.Ordinal);
            Assert.DoesNotContain("HTTP/1.1 200", answers, StringComparison.Ordinal);
            foreach (var i in Enumerable.Range(0, 4))
            {
                var (status, body) = await http.SendAsync(HttpMethod.Get, $"/v1/models/neighbour-{i}");
                // The gateway names what was asked for; the worker what there is.
                Assert.True(status == HttpStatusCode.NotFound && (http == _stack.Worker || body.ToString().Contains($"neighbour-{i}", StringComparison.Ordinal)), $"{name}: {status} {body}");
            }
        }
    }

    [Fact]
    public async Task HeadersHalfSent_ByThousandsOfConnections_HoldUpNobody()
    {
        // The worker takes 2,048 at once, of those that are on its network (docs/serving/settings.md).
        foreach (var (http, count) in ((HttpClient, int)[])[(_stack.Http, 3000), (_stack.Worker, 1900)])
        {
            var connections = new List<TcpClient>();
            try
            {
                for (var i = 0; i < count; i++)
                {
                    var client = new TcpClient();
                    connections.Add(client);
                    await client.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port);
                    await client.GetStream().WriteAsync("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nX-Half: "u8.ToArray());
                }

                using var fresh = new HttpClient { BaseAddress = http.BaseAddress };
                Assert.Equal(HttpStatusCode.OK, (await fresh.SendAsync(HttpMethod.Post, "/v1/completions", new { model = "demo-llama", prompt = "Figs", max_tokens = 2 })).Status);
            }
            finally
            {
                foreach (var connection in connections) connection.Dispose();
            }
        }
    }

    [Theory]
    [InlineData("deep objects")]
    [InlineData("deep arrays")]
    [InlineData("many names")]
    [InlineData("a long number")]
    [InlineData("gzip")]
    [InlineData("gzip in gzip")]
    [InlineData("brotli")]
    [InlineData("deflate")]
    public async Task Body_LargerThanItLooks_IsRefusedAndTheNextOneAnswered(string bomb)
    {
        foreach (var http in (HttpClient[])[_stack.Http, _stack.Worker])
        {
            foreach (var path in (string[])["/v1/completions", "/v1/embeddings"])
            {
                using var content = new ByteArrayContent(Bomb(bomb, out var encoding));
                content.Headers.ContentType = new("application/json");
                if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
                using var response = await http.PostAsync(path, content);
                Assert.True((int)response.StatusCode is 400 or 413 or 415 or 422, $"{http.BaseAddress} {bomb}: {response.StatusCode}");
                Assert.Contains("\"error\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(HttpMethod.Post, "/v1/completions", new { model = "demo-llama", prompt = "Figs", max_tokens = 2 })).Status);
        }
    }

    [Theory]
    [InlineData("X-Anything: caf\u00e9")]
    [InlineData("x-request-id: caf\u00e9")]
    [InlineData("traceparent: caf\u00e9")]
    [InlineData("Accept-Language: \u65e5\u672c")]
    [InlineData("If-Match: \"caf\u00e9\"")]
    public async Task HeaderThatIsNotAscii_IsNoFaultOfTheServers(string header)
    {
        foreach (var http in (HttpClient[])[_stack.Http, _stack.Worker])
        {
            var answer = await ExchangeAsync(http.BaseAddress!, Encoding.UTF8.GetBytes($"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n{header}\r\nConnection: close\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/admin/host/status")]
    [InlineData("/admin/functions")]
    [InlineData("/runtime/webhooks/durabletask/instances")]
    public async Task WhatIsForTheHostsKeepers_IsNotThere(string path) => Assert.StartsWith(
        "HTTP/1.1 404", await ExchangeAsync(_stack.Http.BaseAddress!, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("/v1/models%0d%0aX-Evil:%201")]
    [InlineData("/collections/a%0d%0aX-Evil:%201")]
    [InlineData("/collections/a/documents/b%0aX-Evil:%201")]
    [InlineData("/gateway/x%0d%0aX-Evil:%201/invocations")]
    [InlineData("/v1/models/%E5%98%8A%E5%98%8DX-Evil:%201")]
    public async Task LineBreaksInAPath_AreInNoHeaderOfTheAnswer(string path)
    {
        foreach (var http in (HttpClient[])[_stack.Http, _stack.Worker])
        {
            var answer = await ExchangeAsync(http.BaseAddress!, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nx-request-id: a%0d%0aX-Evil: 1\r\nConnection: close\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 4", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("\nX-Evil", answer.Split("\r\n\r\n")[0], StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("/collections/borders/documents/../../beyond/documents/calendar.md")]
    [InlineData("/collections/borders/documents/%2e%2e/%2e%2e/beyond/documents/calendar.md")]
    [InlineData("/collections/borders/documents/..%2f..%2fbeyond%2fcalendar.md")]
    [InlineData("/collections/borders/documents/..%5c..%5cbeyond%5ccalendar.md")]
    [InlineData("/collections/borders/documents/..%252fbeyond/calendar.md")]
    [InlineData("/collections/borders%2f..%2fbeyond/documents/calendar.md")]
    [InlineData("/collections/beyond/documents/x/../../../beyond/documents/calendar.md")]
    [InlineData("/collections/borders/documents/%2fbeyond/calendar.md")]
    [InlineData("/collections/borders/documents/..;/..;/beyond/calendar.md")]
    [InlineData("/collections/BEYOND/documents/calendar.md")]
    [InlineData("/collections/beyond./documents/calendar.md")]
    [InlineData("/collections/%2e/documents/beyond/calendar.md")]
    [InlineData("/collections/borders/documents/calendar.md%00")]
    [InlineData("/collections/borders/../beyond/documents/calendar.md")]
    [InlineData("/../../../../etc/passwd")]
    [InlineData("/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/samples/..%2f..%2fhost.json")]
    public async Task PathThatLeadsElsewhere_ShowsNothingOfIt(string path)
    {
        var made = await _stack.Http.SendAsync(HttpMethod.Post, "/clients", new { name = "borders", groups = new[] { "borders" } });
        var key = made.Body.GetProperty("key").GetString();
        foreach (var collection in (string[])["borders", "beyond"])
        {
            Assert.True((int)(await _stack.Http.SendAsync(HttpMethod.Put, $"/collections/{collection}", new { embeddings_route = "demo-instructor", groups = new[] { collection } })).Status is 200 or 201);
            if (await _stack.DocumentAsync(collection, "calendar.md") is null) await _stack.DropAsync(collection, "calendar.md", $"Figs {collection}.");
        }

        try
        {
            Assert.Contains("\"state\"", await GetAsync("/collections/borders/documents/calendar.md", key), StringComparison.Ordinal);
            foreach (var query in (string[])["", "?content=text"])
            {
                var answer = await GetAsync(path + query, key);
                Assert.True(answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
                Assert.DoesNotContain("\"state\"", answer, StringComparison.Ordinal);
                Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
            }
        }
        finally
        {
            await _stack.Http.SendAsync(HttpMethod.Delete, $"/clients/{made.Body.GetProperty("id").GetString()}");
        }
    }

    private Task<string> GetAsync(string path, string? key) =>
        ExchangeAsync(_stack.Http.BaseAddress!, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"));

    private static byte[] Bomb(string name, out string? encoding)
    {
        encoding = name switch { "gzip" or "gzip in gzip" => "gzip", "brotli" => "br", "deflate" => "deflate", _ => null };
        var zeros = Encoding.ASCII.GetBytes($$"""{"model":"demo-llama","prompt":"{{new string('x', 50_000_000)}}"}""");
        return name switch
        {
            "deep objects" => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000)),
            "deep arrays" => Encoding.ASCII.GetBytes(new string('[', 500_000)),
            "many names" => Encoding.ASCII.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 50_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"k{i}\":1")))}}}"),
            "a long number" => Encoding.ASCII.GetBytes($"{{\"model\":\"demo-llama\",\"prompt\":\"a\",\"input\":\"a\",\"max_tokens\":{new string('1', 500_000)},\"dimensions\":{new string('1', 400_000)}}}"),
            "gzip" => Packed(zeros, stream => new GZipStream(stream, CompressionLevel.Fastest)),
            "gzip in gzip" => Packed(Packed(zeros, stream => new GZipStream(stream, CompressionLevel.Fastest)), stream => new GZipStream(stream, CompressionLevel.Fastest)),
            "brotli" => Packed(zeros, stream => new BrotliStream(stream, CompressionLevel.Fastest)),
            _ => Packed(zeros, stream => new ZLibStream(stream, CompressionLevel.Fastest)),
        };
    }

    private static byte[] Packed(byte[] bytes, Func<Stream, Stream> pack)
    {
        using var packed = new MemoryStream();
        using (var stream = pack(packed)) stream.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>All that comes back over a connection of its own until the server closes it, or <paramref name="most"/> is over.</summary>
    private static async Task<string> ExchangeAsync(Uri server, byte[] request, TimeSpan? most = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(request);
        using var received = new MemoryStream();
        using var deadline = new CancellationTokenSource(most ?? TimeSpan.FromMinutes(1));
        try
        {
            await stream.CopyToAsync(received, deadline.Token);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && most is not null))
        {
            // Closed before all was read, or silent.
        }

        return Encoding.Latin1.GetString(received.ToArray());
    }
}
