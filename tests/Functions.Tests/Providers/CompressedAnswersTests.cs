using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Answers that come compressed though nobody asked for it, as some proxies before providers send them.</summary>
[Collection("gateway")]
public sealed class CompressedAnswersTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/chat/completions";
    private const string Block = """{"openai_api_base":"BASE/v1"}""";
    private const string Whole = """{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}""";
    private const string Frames = """data: {"choices":[{"index":0,"delta":{"content":"H"}}]}""" + "\n\n" + """data: {"choices":[{"index":0,"delta":{"content":"i"},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData("gzip", false)]
    [InlineData("gzip", true)]
    [InlineData("deflate", false)]
    [InlineData("br", false)]
    [InlineData("br", true)]
    public async Task Answer_CompressedUnasked_IsRead(string encoding, bool streams)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        Answers(vendor, encoding, streams ? "text/event-stream" : "application/json", Compressed(encoding, streams ? Frames : Whole));
        var answer = await vendor.ChatAsync(streams ? ""","stream":true""" : "");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("Hi", streams ? VendorHost.Read(answer).Text : answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("identity", vendor.Sent.Headers["Accept-Encoding"]);
    }

    [Fact]
    public async Task Error_CompressedUnasked_KeepsItsCode()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        Answers(vendor, "gzip", "application/json", Compressed("gzip", """{"error":{"code":"context_length_exceeded","message":"x"}}"""), 400);
        var answer = await vendor.ChatAsync();
        Assert.Equal((400, "context_length_exceeded"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("gzip", false)]
    [InlineData("gzip", true)]
    [InlineData("br", false)]
    [InlineData("br", true)]
    public async Task Answer_NotCompressedAsItSays_IsNotUnderstood(string encoding, bool streams)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        Answers(vendor, encoding, streams ? "text/event-stream" : "application/json", Encoding.UTF8.GetBytes(streams ? Frames : Whole));
        var answer = await vendor.ChatAsync(streams ? ""","stream":true""" : "");
        Assert.Equal((502, "upstream_invalid_response"), (answer.Status, answer.Code));
    }

    private static void Answers(VendorHost vendor, string encoding, string type, byte[] body, int status = 200) => vendor.Host.Provider.On(Path, http =>
    {
        (http.Response.StatusCode, http.Response.ContentType) = (status, type);
        http.Response.Headers.ContentEncoding = encoding;
        return http.Response.Body.WriteAsync(body).AsTask();
    });

    private static byte[] Compressed(string encoding, string text)
    {
        using var bytes = new MemoryStream();
        using (Stream compressing = encoding switch { "gzip" => new GZipStream(bytes, CompressionLevel.Fastest), "br" => new BrotliStream(bytes, CompressionLevel.Fastest), _ => new ZLibStream(bytes, CompressionLevel.Fastest) })
            compressing.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
