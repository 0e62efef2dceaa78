using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Serverless.Infra.Tests.Compiler;

/// <summary>The Bicep compiler itself.</summary>
internal static class BicepCompiler
{
    public const string Subscription = "11111111-1111-1111-1111-111111111111";

    private static int _snapshots;

    public static BicepRun Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Repository.Metadata("BicepProgram"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["BICEP_TRACING_ENABLED"] = "false" },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var bicep = Process.Start(start)!;
        var errors = bicep.StandardError.ReadToEndAsync();
        var output = bicep.StandardOutput.ReadToEnd();
        bicep.WaitForExit();
        return new BicepRun(bicep.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    /// <summary>The ARM template of a file under infra/.</summary>
    public static JsonNode Build(string file)
    {
        var run = Run(["build", Path.Combine(Repository.Infra, file), "--stdout"]);
        Assert.True(run.ExitCode == 0, run.Diagnostics);
        return JsonNode.Parse(run.Output)!;
    }

    /// <summary>What a deployment of a file under infra/ would make, as Azure's own template engine in the compiler evaluates it.</summary>
    /// <param name="parameters">Lines of a .bicepparam file.</param>
    public static Snapshot Predict(string file, string parameters)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "snapshots", $"{Environment.ProcessId}-{Interlocked.Increment(ref _snapshots)}"));
        try
        {
            var target = Path.GetRelativePath(folder.FullName, Path.Combine(Repository.Infra, file)).Replace('\\', '/');
            var plan = Path.Combine(folder.FullName, "plan.bicepparam");
            File.WriteAllText(plan, $"using '{target}'\n{parameters}\n");
            string[] where = File.ReadAllText(Path.Combine(Repository.Infra, file)).Contains("targetScope = 'subscription'", StringComparison.Ordinal)
                ? ["--location", "swedencentral"]
                : ["--location", "swedencentral", "--resource-group", "rg-demo"];
            var run = Run(["snapshot", plan, "--mode", "overwrite", "--subscription-id", Subscription, "--tenant-id", "22222222-2222-2222-2222-222222222222", .. where]);
            Assert.True(run.ExitCode == 0, run.Diagnostics);
            return new Snapshot(JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(plan, ".snapshot.json")))!);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
