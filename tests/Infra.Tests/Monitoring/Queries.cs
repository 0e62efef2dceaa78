using System.Diagnostics;
using System.Text.Json;

namespace Serverless.Infra.Tests.Monitoring;

/// <summary>The queries of infra/monitoring/, as Kusto's language service understands them.</summary>
internal static class Queries
{
    private static readonly Lazy<IReadOnlyDictionary<string, Analysis>> Analyzed = new(() => Analyze(Files().ToDictionary(file => file, Read)));

    /// <summary>Each by its path below infra/monitoring/.</summary>
    public static IReadOnlyDictionary<string, Analysis> All => Analyzed.Value;

    public static IEnumerable<string> Files()
    {
        var folder = Path.Combine(Repository.Infra, "monitoring");
        return Directory.EnumerateFiles(folder, "*.kql", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal);
    }

    public static string Read(string file) => Repository.Read("infra", "monitoring", file);

    public static IReadOnlyDictionary<string, Analysis> Analyze(IReadOnlyDictionary<string, string> queries)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests", "Infra.Tests", "Monitoring", "analyze.cjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var node = Process.Start(start)!;
        node.StandardInput.Write(JsonSerializer.Serialize(queries));
        node.StandardInput.Close();
        var output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.Equal(0, node.ExitCode);
        return JsonSerializer.Deserialize<Dictionary<string, Analysis>>(output, JsonSerializerOptions.Web)!;
    }

    /// <param name="Faults">What is wrong with it; empty for nothing.</param>
    /// <param name="Columns">Of its result.</param>
    public sealed record Analysis(IReadOnlyList<string> Faults, IReadOnlyList<string> Columns);
}
