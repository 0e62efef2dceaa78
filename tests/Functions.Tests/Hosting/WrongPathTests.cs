using System.Text.Json;
using Serverless.Contracts.Tests.Fuzzing;

namespace Serverless.Functions.Tests.Hosting;

[Collection("gateway")]
public sealed class WrongPathTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData("PUT", "/v1/models", "GET, HEAD")]
    [InlineData("GET", "/v1/chat/completions", "POST")]
    [InlineData("DELETE", "/clients", "GET, HEAD, POST")]
    [InlineData("PATCH", "/clients/x/keys", "POST")]
    [InlineData("POST", "/collections/c/documents/a/b.md", "DELETE, GET, HEAD, PUT")]
    [InlineData("GET", "/API/2.0/gateway/LIMITS", "POST")]
    [InlineData("POST", "/health", "GET, HEAD")]
    [InlineData("DELETE", "/docs", "GET, HEAD")]
    [InlineData("PUT", "/openapi.json", "GET, HEAD")]
    [InlineData("TRACE", "/v1/models", "GET, HEAD")]
    public async Task Method_ThatAPathDoesNotTake_Is405WithThoseThatItDoes(string method, string path, string allow)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var answer = await SendAsync(host, method, path);
        Assert.Equal((405, allow, "method_not_allowed"), (answer.Status, answer.Headers["Allow"], CodeOf(answer)));
    }

    // A 405 says what may be asked instead (RFC 9110, 15.5.6), also where no page of another origin may call.
    [Fact]
    public async Task Options_WhereNoPageMayCall_Is405WithThePathsMethods()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var answer = await SendAsync(host, "OPTIONS", "/v1/chat/completions");
        Assert.Equal((405, "POST", "cors_not_configured"), (answer.Status, answer.Headers["Allow"], CodeOf(answer)));
    }

    [Theory]
    [InlineData("GET", "/no/such/path")]
    [InlineData("TRACE", "/no/such/path")]
    [InlineData("POST", "/v1")]
    [InlineData("POST", "/v1/chat/completions/x")]
    public async Task Path_ThatThereIsNot_Is404InTheErrorShape(string method, string path)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var answer = await SendAsync(host, method, path);
        Assert.Equal((404, "path_not_found"), (answer.Status, CodeOf(answer)));
    }

    private static Task<RawAnswer> SendAsync(GatewayHost host, string method, string path) =>
        RawAnswer.OfAsync(host.Http.BaseAddress!, new FuzzedRequest(method, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\n", []));

    private static string? CodeOf(RawAnswer answer) => JsonSerializer.Deserialize<JsonElement>(answer.Body).GetProperty("error").GetProperty("code").GetString();
}
