using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Routes;

/// <summary>Prompts are the operators' own: whoever else has a key, of whatever role, finds them in nothing that can be read.</summary>
[Collection("gateway")]
public sealed class PromptHidingTests(AzuriteFixture azurite)
{
    private const string Op = GatewayHost.OperatorKey;
    private const string Prompt = "secret-system-words";
    private const string Refusal = "secret-refusal-words";
    private const string Blocked = "secretblockedword";

    private static readonly string[] Paths =
    [
        "/api/2.0/gateway/routes/", "/api/2.0/gateway/routes/garden", "/api/2.0/gateway/routes/plain", "/api/2.0/gateway/routes/garden/versions",
        "/api/2.0/endpoints", "/api/2.0/endpoints/garden", "/v1/models", "/v1/models/garden", "/providers", "/collections", "/collections/c", "/usage", "/audit", "/clients", "/evaluations",
    ];

    [Fact]
    public async Task Configuration_ReadByWhoIsNoOperator_HoldsNoPrompt()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = Op });
        await MakeAsync(host, new
        {
            name = "plain",
            route_type = "llm/v1/chat",
            model = new { provider = "gpu-worker", name = "demo-llama" },
            guards = new { input = new[] { new { words = new[] { Blocked }, action = "block" } } },
        });
        await MakeAsync(host, new { name = "embed", route_type = "llm/v1/embeddings", model = new { provider = "gpu-worker", name = "demo-instructor" } });
        await MakeAsync(host, new
        {
            name = "garden",
            route_type = "rag/v1/answers",
            rag = new { embeddings_route = "embed", completions_route = "plain", collection = "c", system_prompt = Prompt, refusal = Refusal },
        });
        Assert.Contains(Prompt, (await host.GetAsync("/api/2.0/gateway/routes/garden", Op)).Body, StringComparison.Ordinal);

        foreach (var role in (string[])["client", "reader"])
        {
            var made = await host.PostAsync("/clients", new { name = role, role }, Op);
            Assert.True(made.Status == 201, made.Body);
            var key = made.Json.GetProperty("key").GetString()!;
            Assert.Equal(200, (await host.GetAsync("/api/2.0/gateway/routes/garden", key)).Status);
            foreach (var path in Paths)
            {
                var answer = await host.GetAsync(path, key);
                Assert.DoesNotContain(Prompt, answer.Body, StringComparison.Ordinal);
                Assert.DoesNotContain(Refusal, answer.Body, StringComparison.Ordinal);
                Assert.DoesNotContain(Blocked, answer.Body, StringComparison.Ordinal);
            }
        }

        async Task MakeAsync(GatewayHost at, object route)
        {
            var made = await at.PostAsync("/api/2.0/gateway/routes", route, Op);
            Assert.True(made.Status == 201, made.Body);
        }
    }
}
