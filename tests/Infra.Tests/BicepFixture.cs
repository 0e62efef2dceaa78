using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Serverless.Infra.Tests;

/// <summary>Every Bicep file under infra/, parsed once.</summary>
public sealed class BicepFixture
{
    public BicepFixture()
    {
        Root = typeof(BicepFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;
        Files = Parse(Path.Combine(Root, "infra"));
    }

    public string Root { get; }

    public IReadOnlyList<BicepFile> Files { get; }

    public IReadOnlyList<BicepFile> Parse(string folder)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "bicep.mjs"), Root, folder }) start.ArgumentList.Add(argument);
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync();
        var json = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, errors.Result);
        return JsonSerializer.Deserialize<List<BicepFile>>(json, JsonSerializerOptions.Web)!;
    }
}
