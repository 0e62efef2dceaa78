using System.Net;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Batches;

/// <summary>Parts of files, by which a download that broke off goes on.</summary>
[Collection("gateway")]
public sealed class FileRangeTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BatchApp _app = null!;

    public async Task InitializeAsync() => _app = await BatchApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("bytes=0-3", 206, "bytes 0-3/10", "0123")]
    [InlineData("bytes=4-", 206, "bytes 4-9/10", "456789")]
    [InlineData("bytes=-3", 206, "bytes 7-9/10", "789")]
    [InlineData("bytes=-99", 206, "bytes 0-9/10", "0123456789")]
    [InlineData("bytes=8-99", 206, "bytes 8-9/10", "89")]
    [InlineData("bytes=10-", 416, "bytes */10", null)]
    [InlineData("bytes=-0", 416, "bytes */10", null)]
    [InlineData("bytes=0-1,4-5", 200, null, "0123456789")]
    [InlineData("bytes=5-2", 200, null, "0123456789")]
    [InlineData("lines=0-1", 200, null, "0123456789")]
    [InlineData("nonsense", 200, null, "0123456789")]
    public async Task Content_OfARange_IsThatPart(string range, int status, string? contentRange, string? text)
    {
        var id = (await _app.UploadAsync("0123456789")).Json.GetProperty("id").GetString();
        using var answer = await SendAsync(HttpMethod.Get, id, ("Range", range));
        Assert.Equal((status, contentRange), ((int)answer.StatusCode, answer.Content.Headers.ContentRange?.ToString()));
        if (text is null) Assert.Contains("\"code\":\"range_not_satisfiable\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        else Assert.Equal((text, (long?)text.Length, "bytes"), (await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentLength, answer.Headers.AcceptRanges.Single()));
    }

    [Fact]
    public async Task Content_OfAnotherFileMeanwhile_IsWhole()
    {
        var id = (await _app.UploadAsync("0123456789")).Json.GetProperty("id").GetString();
        using var head = await SendAsync(HttpMethod.Head, id, ("Range", "bytes=0-3"));
        Assert.Equal((HttpStatusCode.OK, 10L), (head.StatusCode, head.Content.Headers.ContentLength));
        var etag = head.Headers.ETag!.Tag;
        using var same = await SendAsync(HttpMethod.Get, id, ("Range", "bytes=0-3"), ("If-Range", etag));
        Assert.Equal("0123", await same.Content.ReadAsStringAsync());
        foreach (var other in (string[])["\"another\"", "W/" + etag, "Tue, 01 Dec 2026 10:00:00 GMT"])
        {
            using var whole = await SendAsync(HttpMethod.Get, id, ("Range", "bytes=0-3"), ("If-Range", other));
            Assert.Equal((HttpStatusCode.OK, "0123456789"), (whole.StatusCode, await whole.Content.ReadAsStringAsync()));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string? id, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"/v1/files/{id}/content");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _app.Host.Http.SendAsync(request);
    }
}
