using System.Text.RegularExpressions;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>The gateway's app, held together with what functions/ reads.</summary>
public sealed partial class GatewayTests
{
    private static readonly string Sources = Repository.ReadSources("functions");

    [Theory]
    [InlineData("KeyVault__Uri")]
    [InlineData("Search__Endpoint")]
    [InlineData("SignalR__ConnectionString")]
    [InlineData("GpuWorker__BaseUrl")]
    [InlineData("DocumentStorage__blobServiceUri")]
    [InlineData("DocumentStorage__queueServiceUri")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING")]
    [InlineData("AZURE_CLIENT_ID")]
    public void Settings_ThatTheAppDoesNotStartWithout_AreThere(string name) => Assert.NotEmpty(Deployments.Standard.Settings()[name]);

    [Fact]
    public void Settings_OfTheApp_AreAllReadByIt()
    {
        var read = Key().Matches(Sources).Select(m => m.Groups[1].Value)
            .Concat(Section().Matches(Sources).SelectMany(s => Property().Matches(Sources[s.Index..NextType(s.Index)]).Select(p => $"{s.Groups[1].Value}:{p.Groups[1].Value}")))
            .ToHashSet(StringComparer.Ordinal);
        var unknown = Deployments.Standard.Settings().Keys
            .Where(k => k.Contains("__", StringComparison.Ordinal) && !k.StartsWith("AzureWebJobs", StringComparison.Ordinal) && !k.StartsWith("DocumentStorage__", StringComparison.Ordinal))
            .Select(k => k.Replace("__", ":", StringComparison.Ordinal))
            .Where(k => !read.Contains(k));
        Assert.Empty(unknown);
    }

    [Fact]
    public void Connections_OfTriggers_AreResolvedToSettingsByIdentity()
    {
        var settings = Deployments.Standard.Settings();
        var connections = Connection().Matches(Sources).Select(m => m.Groups[1].Value).Distinct().ToArray();
        Assert.NotEmpty(connections);
        foreach (var connection in connections)
        {
            // The host looks for AzureWebJobs{name} first, and would take its own storage for the connection.
            Assert.DoesNotContain(settings.Keys, k => k.StartsWith($"AzureWebJobs{connection}", StringComparison.OrdinalIgnoreCase));
            Assert.Contains(".queue]", settings[$"{connection}__queueServiceUri"], StringComparison.Ordinal);
            Assert.Equal("managedidentity", settings[$"{connection}__credential"]);
            Assert.Contains("id-gateway-", settings[$"{connection}__clientId"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Containers_ThatTheAppOpens_AreMade()
    {
        var made = Deployments.Standard.Of("Microsoft.Storage/storageAccounts/blobServices/containers").Select(c => ((string)c["name"]!).Split('/')[^1]).ToHashSet();
        var opened = Container().Matches(Sources).Select(m => m.Groups[1].Value).ToArray();
        Assert.NotEmpty(opened);
        Assert.Empty(opened.Except(made));
        Assert.Contains("documents", made);
        Assert.Contains("deployment", made);
        Assert.Contains("deadletter", made);
    }

    [Fact]
    public void Queues_ThatTriggersRead_AreMade()
    {
        var made = Deployments.Standard.Of("Microsoft.Storage/storageAccounts/queueServices/queues").Select(q => ((string)q["name"]!).Split('/')[^1]);
        var opened = Queue().Matches(Sources).Select(m => m.Groups[1].Value).ToList();
        var poison = opened.Where(q => !q.EndsWith("-poison", StringComparison.Ordinal)).Select(q => $"{q}-poison");
        Assert.Equal(opened.Union(poison).Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ExtraSettings_OfAnyKind_AreMergedAndReplaceDefaultsButNoConnection()
    {
        var settings = Deployments.Tuned.Settings();
        Assert.Equal("api.example.com", settings["Gateway__AllowedHosts"]);
        Assert.Equal("200", settings["Ingestion__ChunkTokens"]);
        Assert.Equal("ours", settings["OTEL_SERVICE_NAME"]);
        Assert.StartsWith("[", settings["KeyVault__Uri"], StringComparison.Ordinal);
        Assert.Contains("vaultUri", settings["KeyVault__Uri"], StringComparison.Ordinal);
    }

    [Fact]
    public void ContentSafetyAndTenant_WhereTheyAreWanted_AreSettingsAndElseAreNot()
    {
        var (standard, tuned) = (Deployments.Standard.Settings(), Deployments.Tuned.Settings());
        Assert.Equal(("64", "512"), (standard["Cache__MaxMegabytes"], tuned["Cache__MaxMegabytes"]));
        Assert.Matches(@"^https://cs-[a-z0-9]{13}\.cognitiveservices\.azure\.com$", tuned["ContentSafety__Endpoint"]);
        Assert.Equal(("44444444-4444-4444-4444-444444444444", "api://gateway"), (tuned["Entra__TenantId"], tuned["Entra__Audience"]));
        Assert.Equal("55555555-5555-5555-5555-555555555555", tuned["WebChat__ClientId"]);
        foreach (var group in (string[])["ContentSafety", "Entra", "WebChat"]) Assert.DoesNotContain(standard.Keys, k => k.StartsWith(group, StringComparison.Ordinal));
        Assert.Empty(Deployments.Standard.Of("Microsoft.CognitiveServices/accounts"));
    }

    [Fact]
    public void SignalR_LetsInThePageOfTheGatewayAndWhatIsNamed()
    {
        var page = $"https://{(string)Deployments.Standard.One("Microsoft.Web/sites")["name"]!}.azurewebsites.net";
        Assert.Equal([page], Origins(Deployments.Standard));
        Assert.Equal([page, "https://chat.example.com"], Origins(Deployments.Tuned));

        static string[] Origins(Snapshot deployment) => [.. deployment.One("Microsoft.SignalRService/signalR")["properties"]!["cors"]!["allowedOrigins"]!.AsArray().Select(o => (string)o!)];
    }

    [Fact]
    public void Telemetry_ByIdentity_GoesToApplicationInsightsAndWhereOneSays()
    {
        Assert.Contains("Authorization=AAD", Deployments.Standard.Settings()["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"], StringComparison.Ordinal);
        Assert.DoesNotContain("OTEL_EXPORTER_OTLP_ENDPOINT", Deployments.Standard.Settings().Keys);
        Assert.Equal("https://otlp.example", Deployments.Tuned.Settings()["OTEL_EXPORTER_OTLP_ENDPOINT"]);
    }

    [Fact]
    public void Scale_OfEveryGroup_KeepsAnInstanceWarm()
    {
        var scale = Deployments.Standard.One("Microsoft.Web/sites")["properties"]!["functionAppConfig"]!["scaleAndConcurrency"]!;
        var groups = scale["alwaysReady"]!.AsArray().Select(g => (string)g!["name"]!).ToArray();
        Assert.Equal(["http", "durable", "function:DocumentEvents"], groups);
        Assert.All(groups.Where(g => g.StartsWith("function:", StringComparison.Ordinal)), g => Assert.Contains($"[Function(\"{g["function:".Length..]}\")]", Sources, StringComparison.Ordinal));
        Assert.Empty(Deployments.Tuned.One("Microsoft.Web/sites")["properties"]!["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray());
    }

    [Fact]
    public void Concurrency_OfAnInstance_IsWhatItMayStream()
    {
        var plan = Deployments.Tuned;
        Assert.Equal(100, (int)plan.One("Microsoft.Web/sites")["properties"]!["functionAppConfig"]!["scaleAndConcurrency"]!["triggers"]!["http"]!["perInstanceConcurrency"]!);
        Assert.Equal("100", plan.Settings()["Streaming__MaxStreams"]);
    }

    private static int NextType(int from) => Sources.IndexOf("\n}", from, StringComparison.Ordinal) is var end and >= 0 ? end : Sources.Length;

    [GeneratedRegex("\"([A-Z][A-Za-z]+:[A-Z][A-Za-z]+)\"")]
    private static partial Regex Key();

    [GeneratedRegex("const string Section = \"([A-Za-z]+)\"")]
    private static partial Regex Section();

    [GeneratedRegex(@"public \S+ (\w+) \{ get; (?:set|init); \}")]
    private static partial Regex Property();

    [GeneratedRegex("Connection = \"([A-Za-z]+)\"")]
    private static partial Regex Connection();

    [GeneratedRegex("GetBlobContainerClient\\(\"([a-z-]+)\"\\)")]
    private static partial Regex Container();

    [GeneratedRegex("QueueName = \"([a-z-]+)\"")]
    private static partial Regex Queue();
}
