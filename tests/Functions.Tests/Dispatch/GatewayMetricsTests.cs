using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

[Collection("gateway")]
public sealed class GatewayMetricsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Calls_OfEveryKind_AreMeasuredWithLabelsFromClosedSets()
    {
        var measured = new ConcurrentQueue<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == GatewayMetrics.MeterName) self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured.Enqueue(Describe(instrument, tags)));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured.Enqueue($"{Describe(instrument, tags)}={value}"));
        listener.Start();

        await using var host = await GatewayHost.StartAsync(azurite);
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings");
        var ask = new { model = "chat", messages = new[] { new { role = "user", content = "Hello" } } };
        await host.PostAsync("/v1/chat/completions", ask);
        await host.PostAsync("/v1/embeddings", new { model = "embed", input = "x" });
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 400, "x", "made_up_by_the_provider"));
        await host.PostAsync("/v1/chat/completions", ask);

        Assert.Equal(
            [
                "gen_ai.client.operation.duration chat gpu-worker",
                "gen_ai.client.operation.duration chat gpu-worker upstream_refused",
                "gen_ai.client.operation.duration embeddings gpu-worker",
                "gen_ai.client.token.usage chat gpu-worker input=7",
                "gen_ai.client.token.usage chat gpu-worker output=3",
                "gen_ai.client.token.usage embeddings gpu-worker input=5",
            ],
            measured.Order(StringComparer.Ordinal));
    }

    private static string Describe(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = instrument.Name;
        foreach (var tag in tags) text += $" {tag.Value}";
        return text;
    }
}
