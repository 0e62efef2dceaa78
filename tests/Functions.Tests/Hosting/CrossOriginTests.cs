using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

[Collection("gateway")]
public sealed class CrossOriginTests(AzuriteFixture azurite)
{
    private const string Page = "https://app.example";

    [Theory]
    [InlineData("https://app.example", Page, 204, Page, "true")]
    [InlineData("http://localhost:5173, https://app.example", Page, 204, Page, "true")]
    [InlineData("*", Page, 204, "*", null)]
    [InlineData("https://app.example", "https://app.example.evil", 403, null, null)]
    [InlineData("https://app.example", "http://app.example", 403, null, null)]
    [InlineData("", Page, 405, null, null)]
    public async Task Preflight_OnAnyPath_PermitsWhatTheSettingNames(string setting, string origin, int status, string? allowed, string? credentials)
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey, ["Gateway:CorsOrigins"] = setting });
        foreach (var path in (string[])["/v1/chat/completions", "/clients/x/keys/y", "/collections/c/documents/a/b", "/no/such/path", "/"])
        {
            var answer = await host.SendAsync(HttpMethod.Options, path, null, null, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type"));
            Assert.Equal((status, allowed, credentials), (answer.Status, answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin"), answer.Headers.GetValueOrDefault("Access-Control-Allow-Credentials")));
            if (status == 204) Assert.Equal("authorization,content-type", answer.Headers["Access-Control-Allow-Headers"]);
        }

        // The answer itself, an error too, can be read by the page; the key is asked for as ever.
        var refused = await host.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("Origin", origin));
        Assert.Equal((401, allowed), (refused.Status, refused.Headers.GetValueOrDefault("Access-Control-Allow-Origin")));
    }

    [Theory]
    [InlineData("*,https://app.example")]
    [InlineData("app.example")]
    [InlineData("https://app.example/")]
    [InlineData("https://*.example")]
    [InlineData("HTTPS://APP.EXAMPLE")]
    [InlineData("null")]
    public void Setting_ThatIsNoOrigin_IsRefusedByItsName(string setting)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Gateway:CorsOrigins"] = setting }).Build();
        Assert.Contains("Gateway:CorsOrigins", Assert.Throws<InvalidOperationException>(() => CrossOrigin.From(configuration)).Message, StringComparison.Ordinal);
    }
}
