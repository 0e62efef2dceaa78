using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Infra.Hooks;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>What azd hands over.</summary>
public sealed partial class ParameterTests
{
    private static readonly JsonNode Template = BicepCompiler.Build("main.bicep");
    private static readonly JsonObject Declared = Template["parameters"]!.AsObject();
    private static readonly Dictionary<string, string> Passed = JsonNode.Parse(Repository.Read("infra", "main.parameters.json"))!["parameters"]!.AsObject().ToDictionary(p => p.Key, p => (string)p.Value!["value"]!);

    [Fact]
    public void Parameters_AllOfThem_ArePassedEachByAVariableOfItsOwn()
    {
        Assert.Equal(Declared.Select(p => p.Key).Order(StringComparer.Ordinal), Passed.Keys.Order(StringComparer.Ordinal));
        Assert.All(Passed.Values, v => Assert.Matches(@"^\$\{[A-Z][A-Z_]+\}$", v));
        Assert.Equal(Passed.Count, Passed.Values.Distinct().Count());
    }

    [Fact]
    public void Parameters_WithoutADefault_AreTheKeysAndWhatAzdAsksFor()
    {
        // azd leaves out a parameter whose variable is not set, and asks for one that has no default.
        var required = Declared.Where(p => p.Value!["defaultValue"] is null).Select(p => Passed[p.Key]);
        Assert.Equal(["${AZURE_ENV_NAME}", "${AZURE_LOCATION}", "${OPERATOR_KEY}", "${WORKER_API_KEY}"], required.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Keys_InParameters_AreSecure() =>
        Assert.All(["workerApiKey", "operatorKey"], p => Assert.Equal("securestring", (string)Declared[p]!["type"]!, ignoreCase: true));

    [Fact]
    public void Variables_OfTheInfra_AreExplainedInItsReadme()
    {
        var readme = Repository.Read("infra", "README.md");
        var variables = Passed.Values.Select(v => v[2..^1]).Concat(WorkerVariables().Select(v => v.Name)).Where(v => !v.StartsWith("AZURE_", StringComparison.Ordinal) && !v.StartsWith("SERVICE_", StringComparison.Ordinal));
        Assert.All(variables, v => Assert.Contains($"`{v}`", readme, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("WORKER_PROFILE", "workerProfile")]
    [InlineData("WORKER_MAX_REPLICAS", "workerMaxReplicas")]
    [InlineData("OTLP_ENDPOINT", "otlpEndpoint")]
    public void Defaults_OfWhatBothFilesTake_AreTheSame(string variable, string parameter)
    {
        Assert.Equal($"${{{variable}}}", Passed[parameter]);
        Assert.Equal(Declared[parameter]!["defaultValue"]!.ToString(), WorkerVariables().Single(v => v.Name == variable).Default);
    }

    [Fact]
    public void Defaults_OfThePreflight_AreThoseOfTheTemplate()
    {
        Assert.Equal(DeploymentPlan.DefaultProfile, (string)Declared["workerProfile"]!["defaultValue"]!);
        Assert.Equal(DeploymentPlan.DefaultMaxReplicas, (int)Declared["workerMaxReplicas"]!["defaultValue"]!);
        Assert.Equal(DeploymentPlan.MostReplicas, (int)Declared["workerMaxReplicas"]!["maxValue"]!);
    }

    [Theory]
    [InlineData("azure.yaml", "run: (.+)")]
    [InlineData("azure.yaml", "path: (gpu-worker/.+)")]
    public void Files_ThatAzdIsToldOf_AreThere(string file, string pattern)
    {
        var named = Regex.Matches(Repository.Read(file), pattern);
        Assert.NotEmpty(named);
        Assert.All(named, n => Assert.True(File.Exists(Path.Combine(Repository.Root, n.Groups[1].Value)), n.Value));
    }

    [Fact]
    public void Services_OfAzd_FindTheirResources()
    {
        var azd = Repository.Read("azure.yaml");
        var tagged = new[] { Deployments.Standard, Deployments.StandardWorker }.SelectMany(p => p.Resources).Select(r => (string?)r["tags"]?["azd-service-name"]).Where(t => t is not null);
        Assert.Equal(["functions", "worker"], tagged.Order(StringComparer.Ordinal));
        Assert.All(tagged, t => Assert.Matches($@"(?m)^  {t}:", azd));

        // A module infra/{module}.bicepparam is what makes azd deploy the app by it.
        var module = Regex.Match(azd, "(?s)worker:.*?module: (\\w+)").Groups[1].Value;
        Assert.True(File.Exists(Path.Combine(Repository.Infra, module + ".bicepparam")));
        Assert.Contains("AZURE_CONTAINER_REGISTRY_ENDPOINT", Template["outputs"]!.AsObject().Select(o => o.Key));
    }

    private static IEnumerable<(string Name, string Default)> WorkerVariables() =>
        Variable().Matches(Repository.Read("infra", "worker.bicepparam")).Select(m => (m.Groups[1].Value, m.Groups[2].Value));

    [GeneratedRegex(@"readEnvironmentVariable\('([A-Z_]+)'(?:, '([^']*)')?\)")]
    private static partial Regex Variable();
}
