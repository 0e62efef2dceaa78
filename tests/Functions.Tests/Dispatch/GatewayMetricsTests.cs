using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

[Collection("gateway")]
public sealed class GatewayMetricsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Calls_OfEveryKind_AreMeasuredWithLabelsFromClosedSets()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var measured = new ConcurrentQueue<string>();
        using var listener = Listen(host, measured);
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings");
        var ask = new { model = "chat", messages = new[] { new { role = "user", content = "Hello" } } };
        await host.PostAsync("/v1/chat/completions", ask);
        await host.PostAsync("/v1/embeddings", new { model = "embed", input = "x" });
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 400, "x", "made_up_by_the_provider"));
        await host.PostAsync("/v1/chat/completions", ask);

        Assert.Equal(
            [
                "gen_ai.client.operation.duration chat gpu-worker demo-llama",
                "gen_ai.client.operation.duration chat gpu-worker demo-llama upstream_refused",
                "gen_ai.client.operation.duration embeddings gpu-worker demo-llama",
                "gen_ai.client.token.usage chat gpu-worker demo-llama input=7",
                "gen_ai.client.token.usage chat gpu-worker demo-llama output=3",
                "gen_ai.client.token.usage embeddings gpu-worker demo-llama input=5",
            ],
            measured.Order(StringComparer.Ordinal));
    }

    /// <summary>LiteLLM #38176: budgets did not see what came by another endpoint. Here every endpoint goes the one way, and what it took is settled there.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("/v1/responses", """{"model":"chat","input":"x"}""")]
    [InlineData("/v1/responses", """{"model":"chat","input":"x","stream":true}""")]
    [InlineData("/endpoints/chat/invocations", """{"messages":[{"role":"user","content":"x"}],"stream":true}""")]
    [InlineData("/gateway/chat/invocations", """{"messages":[{"role":"user","content":"x"}]}""")]
    public async Task LiteLlm38176_EveryEndpoint_SettlesWhatItTook(string path, string body)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var measured = new ConcurrentQueue<string>();
        using var listener = Listen(host, measured);
        await host.CreateRouteAsync("chat");
        Assert.Equal(200, (await host.PostAsync(path, body)).Status);
        Assert.Equal(
            ["gen_ai.client.operation.duration chat gpu-worker demo-llama", "gen_ai.client.token.usage chat gpu-worker demo-llama input=7", "gen_ai.client.token.usage chat gpu-worker demo-llama output=3"],
            measured.Order(StringComparer.Ordinal));
    }

    /// <summary>A count of tokens is a call that reads nothing: a sample of 0 tokens would only draw the averages down.</summary>
    [Fact]
    public async Task Count_OfTokens_IsNoSampleOfTokens()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var measured = new ConcurrentQueue<string>();
        using var listener = Listen(host, measured);
        await host.CreateRouteAsync("chat");
        host.Provider.On("/tokenize", http => FakeProvider.Json(http, new { count = 19, counts = new[] { 19 }, max_model_len = 100 }));
        Assert.Equal(200, (await host.PostAsync("/v1/messages/count_tokens", """{"model":"chat","messages":[{"role":"user","content":"Q"}]}""")).Status);
        Assert.Equal(["gen_ai.client.operation.duration count_tokens gpu-worker demo-llama"], measured);
    }

    [Fact]
    public async Task Answer_WhoseClientLeaves_IsCountedAsFarAsItWent()
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        var measured = new ConcurrentQueue<string>();
        using var listener = Listen(host, measured);
        await host.CreateRouteAsync("chat");
        host.Provider.On("/v1/chat/completions", async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { model = "chat", stream = true, messages = new[] { new { role = "user", content = "Hello" } } }) })
        using (var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            var body = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await body.ReadLineAsync() is { } line && !line.Contains("Hel", StringComparison.Ordinal))
            {
            }
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (measured.Count < 3) await Task.Delay(20, deadline.Token);

        // The provider counts a token for each character.
        Assert.Equal(
            [
                "gen_ai.client.operation.duration chat gpu-worker demo-llama client_disconnected",
                "gen_ai.client.token.usage chat gpu-worker demo-llama input=5",
                "gen_ai.client.token.usage chat gpu-worker demo-llama output=3",
            ],
            measured.Order(StringComparer.Ordinal));
    }

    /// <summary>To this host's meter only: another test's may still be closing.</summary>
    private static MeterListener Listen(GatewayHost host, ConcurrentQueue<string> measured)
    {
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                var isMeant = instrument.Name is "gen_ai.client.operation.duration" or "gen_ai.client.token.usage";
                if (isMeant && instrument.Meter.Name == GatewayMetrics.MeterName && instrument.Meter.Scope == factory) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured.Enqueue(Describe(instrument, tags)));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured.Enqueue($"{Describe(instrument, tags)}={value}"));
        listener.Start();
        return listener;
    }

    private static string Describe(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = instrument.Name;
        foreach (var tag in tags) text += $" {tag.Value}";
        return text;
    }
}
