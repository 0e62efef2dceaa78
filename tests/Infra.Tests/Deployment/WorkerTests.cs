using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>The worker's app, held together with what gpu-worker/ reads and with what main.bicep makes for it.</summary>
public sealed partial class WorkerTests
{
    private static readonly string[] NotTheWorkers = ["AZURE_CLIENT_ID", "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "OTEL_SERVICE_NAME", "ORT_DISABLE_TELEMETRY", "DOTNET_DbgEnableMiniDump"];

    [Theory]
    [InlineData("Consumption-GPU-NC24-A100", 24, "220Gi", "1")]
    [InlineData("NC24-A100", 24, "220Gi", "1")]
    [InlineData("NC48-A100", 48, "440Gi", "2")]
    [InlineData("NC96-A100", 96, "880Gi", "4")]
    public void Replica_OfEveryProfile_TakesAWholeNodeAndARankForEachGpu(string profile, int cores, string memory, string ranks)
    {
        var plan = Deployments.Worker(profile);
        var resources = Container(plan)["resources"]!;
        Assert.Equal((cores, memory, ranks), ((int)resources["cpu"]!, (string)resources["memory"]!, Environment(plan)["Worker__Ranks"]));
    }

    [Fact]
    public void Nodes_OfADedicatedProfile_ArePaidForOnceThereIsAReplica()
    {
        var gpu = Gpu(Deployments.Company);
        Assert.Equal(("NC96-A100", 0, 3), ((string)gpu["workloadProfileType"]!, (int)gpu["minimumCount"]!, (int)gpu["maximumCount"]!));
    }

    [Fact]
    public void Nodes_OfTheServerlessProfile_AreNotCounted()
    {
        var gpu = Gpu(Deployments.Standard);
        Assert.Equal("Consumption-GPU-NC24-A100", (string)gpu["workloadProfileType"]!);
        Assert.Null(gpu["minimumCount"]);
        Assert.Null(gpu["maximumCount"]);
    }

    [Fact]
    public void Grace_OfAReplica_OutlastsItsDraining()
    {
        var grace = (int)Deployments.StandardWorker.One("Microsoft.App/containerApps")["properties"]!["template"]!["terminationGracePeriodSeconds"]!;
        var drain = int.Parse(Environment(Deployments.StandardWorker)["Worker__DrainSeconds"], CultureInfo.InvariantCulture);
        Assert.InRange(drain, 60, grace - 5);
    }

    [Fact]
    public void Revisions_OneAtATime_TakeTheTrafficWhenReady()
    {
        var app = Deployments.StandardWorker.One("Microsoft.App/containerApps")["properties"]!;
        Assert.Equal("Single", (string)app["configuration"]!["activeRevisionsMode"]!);
        Assert.Equal("/health/ready", (string)Assert.Single(Container(Deployments.StandardWorker)["probes"]!.AsArray(), p => (string)p!["type"]! == "Readiness")!["httpGet"]!["path"]!);
    }

    [Fact]
    public void Settings_OfTheApp_AreAllReadByTheWorker()
    {
        var read = Property().Matches(Repository.Read("gpu-worker", "Hosting", "WorkerOptions.cs")).Select(m => m.Groups[1].Value).ToArray();
        Assert.NotEmpty(read);
        var unknown = Environment(Deployments.StandardWorker).Keys.Except(NotTheWorkers).Where(k => !k.StartsWith("Worker__", StringComparison.Ordinal) || !read.Contains(k.Split("__")[1]));
        Assert.Empty(unknown);
    }

    [Fact]
    public void Arguments_OfTheContainer_AreThoseOfItsImage()
    {
        var arguments = Container(Deployments.StandardWorker)["args"]!.AsArray().Select(a => (string)a!).ToArray();
        var image = Repository.Read("gpu-worker", "Dockerfile");
        var command = string.Join(", ", arguments.Take(5).Select(a => $"\"{a}\""));
        Assert.Contains($"CMD [{command}]", image, StringComparison.Ordinal);
        Assert.Contains($"Worker__Urls={arguments[^1]}", image, StringComparison.Ordinal);
        Assert.Contains($"EXPOSE {(int)Deployments.StandardWorker.One("Microsoft.App/containerApps")["properties"]!["configuration"]!["ingress"]!["targetPort"]!}", image, StringComparison.Ordinal);
    }

    [Fact]
    public void ExtraSettings_AreMergedButDoNotBreakTheLayout()
    {
        var plan = Deployments.Worker("NC48-A100", "{ Worker__KvCacheFormat: 'int8', Worker__MaxSequences: 64, Worker__Ranks: '8' }", "https://otlp.example");
        var environment = Environment(plan);
        Assert.Equal(("int8", "64", "2", "https://otlp.example"), (environment["Worker__KvCacheFormat"], environment["Worker__MaxSequences"], environment["Worker__Ranks"], environment["OTEL_EXPORTER_OTLP_ENDPOINT"]));
    }

    [Fact]
    public void App_ByName_FindsWhatMainMade()
    {
        var made = Deployments.Standard.Resources.Select(r => (string)r["id"]!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var used = ResourceId().Matches(Deployments.StandardWorker.One("Microsoft.App/containerApps").ToJsonString()).Select(m => m.Value).Where(id => !id.EndsWith("/containerApps/worker", StringComparison.Ordinal)).Distinct().ToArray();
        Assert.True(used.Length >= 6, string.Join('\n', used));
        Assert.Subset(made, used.ToHashSet(StringComparer.OrdinalIgnoreCase));

        var app = Deployments.StandardWorker.One("Microsoft.App/containerApps")["properties"]!;
        Assert.Contains(Gpu(Deployments.Standard)["name"]!.GetValue<string>(), (string)app["workloadProfileName"]!, StringComparison.Ordinal);
        Assert.EndsWith("/" + (string)app["template"]!["volumes"]![0]!["storageName"]!, (string)Deployments.Standard.One("Microsoft.App/managedEnvironments/storages")["name"]!, StringComparison.Ordinal);
        var secret = Assert.Single(app["configuration"]!["secrets"]!.AsArray())!;
        Assert.Contains("secrets/worker-api-key'", (string)secret["keyVaultUrl"]!, StringComparison.Ordinal);
        Assert.NotNull(Deployments.Standard.Of("Microsoft.KeyVault/vaults/secrets").SingleOrDefault(s => ((string)s["name"]!).EndsWith("/worker-api-key", StringComparison.Ordinal)));
        Assert.Contains("'https://worker.{0}'", Deployments.Standard.Settings()["GpuWorker__BaseUrl"], StringComparison.Ordinal);
    }

    private static System.Text.Json.Nodes.JsonNode Container(Snapshot plan) => Assert.Single(plan.One("Microsoft.App/containerApps")["properties"]!["template"]!["containers"]!.AsArray())!;

    private static Dictionary<string, string> Environment(Snapshot plan) => Container(plan)["env"]!.AsArray().ToDictionary(e => (string)e!["name"]!, e => (string?)e!["value"] ?? "");

    private static System.Text.Json.Nodes.JsonNode Gpu(Snapshot plan) => Assert.Single(plan.One("Microsoft.App/managedEnvironments")["properties"]!["workloadProfiles"]!.AsArray(), p => (string)p!["name"]! == "gpu")!;

    [GeneratedRegex(@"public \S+ (\w+) \{ get; init; \}")]
    private static partial Regex Property();

    [GeneratedRegex(@"/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w-]+/providers/[\w.]+/\w+/[\w-]+")]
    private static partial Regex ResourceId();
}
