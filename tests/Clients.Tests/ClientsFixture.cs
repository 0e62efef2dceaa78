using System.Text.Json;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Clients.Tests;

/// <summary>A gateway as it is deployed, which asks for keys, and a client's key that may use its routes, all of them at the scripted model.</summary>
public sealed class ClientsFixture : IAsyncLifetime
{
    /// <summary>A route that answers one call a month.</summary>
    public const string Spent = "spent";

    private static readonly string[] Chats = ["chat", ScriptedModel.Thinking, ScriptedModel.Limited, ScriptedModel.Endless, Spent];

    private readonly AzuriteFixture _azurite = new();

    internal GatewayHost Host { get; private set; } = null!;

    /// <summary>What runs batches.</summary>
    internal InMemoryDurable Durable { get; private set; } = null!;

    /// <summary>With a slash at its end.</summary>
    public Uri Address => Host.Http.BaseAddress!;

    public string Key { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await _azurite.InitializeAsync();
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:AnonymousAccess"] = "none",
            ["Gateway:OperatorKey"] = GatewayHost.OperatorKey,
            // What clients do about a refusal is theirs to show.
            ["Gateway:MaxAttempts"] = "1",
        };
        Host = await GatewayHost.StartAsync(_azurite, settings, services => services.AddSingleton<DurableTaskClient>(_ => Durable));
        Durable = new InMemoryDurable(ActivatorUtilities.CreateInstance<BatchActivities>(Host.Services), BatchOrchestrator.RunAsync);
        Host.Provider.On("/v1/chat/completions", ScriptedModel.AnswerAsync);
        foreach (var name in Chats) await RouteAsync(name, "llm/v1/chat");
        await RouteAsync("embed", "llm/v1/embeddings");
        Key = (await SendAsync(HttpMethod.Post, "/clients", new { name = "app" })).GetProperty("key").GetString()!;
        await SendAsync(HttpMethod.Put, $"/limits/routes/{Spent}", new { limits = new[] { new { calls = 1, renewal_period = "month" } } });
        var ask = new { model = Spent, messages = new[] { new { role = "user", content = "Hi" } } };
        Assert.Equal(200, (await Host.PostAsync("/v1/chat/completions", ask, Key)).Status);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    private Task RouteAsync(string name, string type)
    {
        var model = new { provider = "openai", name, openai_config = new { openai_api_base = new Uri(Host.Provider.Address, "v1").ToString() } };
        return SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name, route_type = type, model });
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
    {
        var answer = await Host.SendAsync(method, path, body, GatewayHost.OperatorKey);
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return answer.Json;
    }
}
