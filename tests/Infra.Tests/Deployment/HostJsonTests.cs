using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>host.json, as the deployed host reads it.</summary>
public sealed class HostJsonTests
{
    private static readonly JsonNode Host = JsonNode.Parse(Repository.Read("host.json"))!;

    [Theory]
    [InlineData("extensions/queues/maxPollingInterval", 10)]
    [InlineData("extensions/durableTask/storageProvider/maxQueuePollingInterval", 10)]
    public void Polling_OfQueues_WaitsSecondsAtMost(string path, int seconds) => Assert.InRange(Read(path), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("extensions/durableTask/storageProvider/controlQueueVisibilityTimeout")]
    [InlineData("extensions/durableTask/storageProvider/workItemQueueVisibilityTimeout")]
    public void Work_OfAKilledInstance_IsTakenUpWithinTwoMinutes(string path) => Assert.InRange(Read(path), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));

    /// <summary>Anything else makes the extension say so at each start.</summary>
    [Fact]
    public void Tracing_OfOrchestrations_IsOfVersionTwo()
    {
        var tracing = Host["extensions"]!["durableTask"]!["tracing"]!;
        Assert.Equal((true, "V2", "OpenTelemetry"), ((bool)tracing["distributedTracingEnabled"]!, (string)tracing["version"]!, (string)Host["telemetryMode"]!));
    }

    [Fact]
    public void Routes_OfTheApp_HaveNoPrefix() => Assert.Equal("", (string)Host["extensions"]!["http"]!["routePrefix"]!);

    private static TimeSpan Read(string path) => TimeSpan.Parse((string)path.Split('/').Aggregate(Host, (node, key) => node[key]!)!, CultureInfo.InvariantCulture);
}
