using System.Diagnostics;
using System.Net;
using System.Text;
using Azure;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>What a caller sees, and how long it waits, when a service that the app stands on refuses.</summary>
[Collection("gateway")]
public sealed class SickServiceTests(AzuriteFixture azurite)
{
    /// <summary>The client of the service would sleep as long as it is told, three times over.</summary>
    [Theory]
    [InlineData(429, "Throttled", "40", "40", 1)]
    [InlineData(503, "ServerBusy", "20", "20", 1)]
    [InlineData(429, "Throttled", "1", "1", 4)]
    [InlineData(403, "Forbidden", null, null, 1)]
    public async Task Service_ThatRefuses_IsToldWithItsRetryAfterAndNotSleptUpon(int status, string code, string? asked, string? told, int tries)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var calls = 0;
        var route = new
        {
            name = "kept",
            route_type = "llm/v1/chat",
            model = new { provider = "openai", name = "m", openai_config = new { openai_api_key = "canary-8a61", openai_api_base = host.Provider.Address } },
        };
        host.Vault.Fault = request =>
        {
            if (request.Method != HttpMethod.Put) return null;
            Interlocked.Increment(ref calls);
            return Answer(status, code, asked);
        };
        var began = Stopwatch.GetTimestamp();
        var answer = await host.PostAsync("/api/2.0/gateway/routes", route);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15));
        Assert.Equal((503, "dependency_unavailable", told), (answer.Status, answer.Code, answer.Headers.GetValueOrDefault("Retry-After")));
        Assert.Equal(tries, calls);
        // The operator's line names the service's own status and code; neither has the secret.
        Assert.Contains($"({status} {code})", host.Logs.All, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-8a61", host.Logs.All + answer.Body, StringComparison.Ordinal);

        // Neighbours go on, and so does the one that was refused once the service is well.
        Assert.Equal(200, (await host.GetAsync("/v1/models")).Status);
        host.Vault.Fault = null;
        Assert.True((await host.PostAsync("/api/2.0/gateway/routes", route)).Status < 300);
    }

    [Theory]
    [InlineData("7", 7.0)]
    [InlineData("0", null)]
    [InlineData("soon", null)]
    [InlineData(null, null)]
    public void RetryAfter_OfAnAnswer_IsSecondsOrNothing(string? text, double? seconds)
    {
        using var response = Answer(503, "ServerBusy", text);
        var wait = ServiceFailure.RetryAfterOf(Read(response));
        Assert.Equal(seconds, wait?.TotalSeconds);
    }

    [Fact]
    public void RetryAfter_ThatIsADate_IsHowFarItIs()
    {
        using var response = Answer(503, "ServerBusy", DateTimeOffset.UtcNow.AddMinutes(2).ToString("R"));
        Assert.InRange(ServiceFailure.RetryAfterOf(Read(response))!.Value.TotalSeconds, 60, 121);
    }

    /// <summary>As the client of a service has it.</summary>
    private static Response Read(HttpResponseMessage response)
    {
        using var handler = new Always(response);
        var options = new BlobClientOptions { Transport = new HttpClientTransport(handler), RetryPolicy = new BoundedRetryPolicy(0) };
        return Assert.Throws<RequestFailedException>(() => new BlobClient(new Uri("https://a.blob.core.windows.net/c/b"), options).DownloadContent()).GetRawResponse()!;
    }

    private static HttpResponseMessage Answer(int status, string code, string? retryAfter)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent($$$"""{"error":{"code":"{{{code}}}","message":"no"}}""", Encoding.UTF8, "application/json"),
        };
        if (retryAfter is not null) answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return answer;
    }

    private sealed class Always(HttpResponseMessage answer) : HttpMessageHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => answer;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer);
    }
}
