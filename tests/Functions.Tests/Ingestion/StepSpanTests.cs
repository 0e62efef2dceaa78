using System.Diagnostics;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Telemetry;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>The spans of a document's steps.</summary>
[Collection(AzureCollection.Name)]
public sealed class StepSpanTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure, isWhole: false);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Steps_OfADocument_AreSpansThatNameItByItsHashAlone()
    {
        var (spans, name) = (new List<Activity>(), _app.Name("canary-folder/canary.md"));
        using var listener = Listen(spans, name.Key);
        Activity? around = null;
        _app.Gateway.BeforeEmbed = () =>
        {
            around = Activity.Current;
            return Task.CompletedTask;
        };
        await _app.IngestAsync(name.Path, "# Canary\n\nThe canary sings.\n");

        // What the gateway is asked meanwhile belongs to the step.
        Assert.Equal("DocumentEmbed", around?.DisplayName);
        Assert.Equal(
            ["DocumentBegin", "DocumentChunk", "DocumentEmbed", "DocumentExtract", "DocumentIndex", "DocumentPublish", "DocumentReady"],
            spans.Select(s => s.DisplayName).Distinct().Order(StringComparer.Ordinal));
        foreach (var text in spans.SelectMany(s => s.TagObjects.Select(t => $"{t.Key}={t.Value}").Append(s.DisplayName)))
        {
            Assert.DoesNotContain("canary", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(_app.Collection, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WholeDocument_IsOneStep()
    {
        await using var app = new IngestionHarness(azure);
        var (spans, name) = (new List<Activity>(), app.Name("a.md"));
        using var listener = Listen(spans, name.Key);
        await app.IngestAsync(name.Path, "# A\n\nSome text.\n");
        Assert.Equal(["DocumentBegin"], spans.Select(s => s.DisplayName).Distinct());
    }

    [Fact]
    public async Task Step_ThatFails_TellsTheClassOfItsFailure()
    {
        var (spans, name) = (new List<Activity>(), _app.Name("a.md"));
        using var listener = Listen(spans, name.Key);
        _app.Gateway.FailNextEmbeddings(1, () => GatewayException.Invalid("input", "canary"));
        await _app.IngestAsync(name.Path, "# A\n\nSome text.\n");
        var failed = spans.Single(s => s.Status == ActivityStatusCode.Error);
        Assert.Equal(("DocumentEmbed", typeof(GatewayException).FullName), (failed.DisplayName, failed.GetTagItem("error.type")));
        Assert.DoesNotContain(spans.SelectMany(s => s.TagObjects), t => $"{t.Value}".Contains("canary", StringComparison.Ordinal));
    }

    private static ActivityListener Listen(List<Activity> spans, string document)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GatewayTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if ((string?)span.GetTagItem("serverless.document") != document) return;
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
