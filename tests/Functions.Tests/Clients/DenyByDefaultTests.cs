using System.Text;
using System.Text.RegularExpressions;
using Serverless.Contracts.Tests.Fuzzing;
using Serverless.Functions.Tests.Deployment;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Clients;

/// <summary>Every HTTP function of the built app, asked by nobody in particular: whether nobody may (Azure) or this machine may (locally), what a trick sends is refused.</summary>
[Collection("gateway")]
public sealed partial class DenyByDefaultTests(AzuriteFixture azurite)
{
    // With anonymous operators: who is not of this machine, who holds a key of ours that is none, and whose credentials leave no telling.
    private static readonly string[] Tricks =
    [
        "Authorization: Bearer sk-0123456789abcdef-wrong", "Authorization: Bearer sk-0123456789ABCDEF-wrong", "Authorization: Bearer ", "Authorization: Basic Zm9vOmJhcg==", "Authorization: ", "Authorization: Bearer a\r\nAuthorization: Bearer b",
        "x-api-key: a\r\nAuthorization: Bearer b", "x-api-key: a\r\nx-api-key: b", "x-api-key: ", "x-api-key: sk-0123456789abcdef-",
        "api-key: a\r\nAuthorization: Bearer b", "api-key: a\r\nx-api-key: b", "api-key: ", "api-key: sk-0123456789abcdef-",
        "Host: evil.example", "Host: localhost.evil.example", "Host: 127.0.0.1.evil.example", "Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Origin: null", "Origin: http://localhost.evil.example",
        "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=203.0.113.7", "X-Forwarded-Host: localhost", "X-Real-IP: 127.0.0.1", "X-Original-Host: localhost", "Via: 1.1 tunnel", "CF-Connecting-IP: 127.0.0.1", "X-Client-IP: 127.0.0.1", "X-Forwarded-Proto: https",
    ];

    [Fact]
    public async Task EveryFunction_ByAnyTrick_WhereThisMachineIsAnOperator_Is401()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        await AllAreRefusedAsync(host, Tricks);
    }

    [Fact]
    public async Task EveryFunction_ByAnyTrick_WhereNobodyIs_Is401()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        await AllAreRefusedAsync(host, ["Accept: */*", "Authorization: Bearer any", $"Authorization: Bearer {GatewayHost.OperatorKey}x", $"Authorization: Bearer {GatewayHost.OperatorKey[..^1]}", $"Authorization: {GatewayHost.OperatorKey}", .. Tricks]);
    }

    [Theory]
    [InlineData("/health/../v1/models")]
    [InlineData("/health/./../clients")]
    [InlineData("/health/../collections")]
    [InlineData("/V1/MODELS")]
    [InlineData("/v1/models/")]
    [InlineData("/v1/./models")]
    [InlineData("/health%2f..%2fclients")]
    [InlineData("/health;/clients")]
    [InlineData("//clients")]
    [InlineData("/healthy")]
    public async Task PathsAroundHealth_WithoutAKey_AreRefused(string path)
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        var answer = await RawAnswer.OfAsync(host.Http.BaseAddress!, new FuzzedRequest("GET", $"GET {path} HTTP/1.1\r\nHost: localhost\r\n", []));
        Assert.True(answer.Status is 401 or 404, $"{answer.Status} {answer.Body}");
    }

    [Fact]
    public async Task KeysThatWereRotatedOrDeleted_DoNotMakeTheirHolderAnAnonymousOperator()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var made = (await host.PostAsync("/clients", new { name = "app" })).Json;
        var (id, first) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
        var second = (await host.SendAsync(HttpMethod.Post, $"/clients/{id}/rotate")).Json.GetProperty("key").GetString()!;
        Assert.Equal(401, (await host.GetAsync("/clients", first)).Status);
        Assert.Equal(403, (await host.GetAsync("/clients", second)).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Delete, $"/clients/{id}")).Status);
        Assert.Equal(401, (await host.GetAsync("/clients", second)).Status);
    }

    private static async Task AllAreRefusedAsync(GatewayHost host, string[] tricks)
    {
        var asked = 0;
        var answered = new List<string>();
        foreach (var (name, methods, template) in FunctionMetadataTests.HttpRoutes().Where(r => r.Name is not ("Health" or "HealthReady" or "OpenApi" or "Docs" or "DocsScript" or "WebChatSettings" or "WebChatSite" or "McpMetadata" or "Preflight")))
        {
            var path = Placeholder().Replace(template, "x");
            foreach (var method in methods.Select(m => m.ToUpperInvariant()))
            {
                foreach (var trick in tricks)
                {
                    asked++;
                    var from = trick.StartsWith("Host:", StringComparison.Ordinal) ? "" : "Host: localhost\r\n";
                    var request = new FuzzedRequest(method, $"{method} /{path} HTTP/1.1\r\n{from}{trick}\r\nContent-Type: application/json\r\n", method is "POST" or "PUT" or "PATCH" ? Encoding.ASCII.GetBytes("{}") : []);
                    var answer = await RawAnswer.OfAsync(host.Http.BaseAddress!, request);
                    if (answer.Status != 401) answered.Add($"{name} {method} /{path} {trick}: {answer.Status}");
                }
            }
        }

        Assert.True(asked > 1000, $"{asked} asked");
        Assert.True(answered.Count == 0, string.Join('\n', answered.Take(40)));
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
