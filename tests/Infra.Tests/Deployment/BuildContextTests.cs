namespace Serverless.Infra.Tests.Deployment;

/// <summary>What leaves the machine when the worker's image is built.</summary>
public sealed class BuildContextTests
{
    private static readonly string[] Rules = [.. File.ReadLines(Path.Combine(Repository.Root, ".dockerignore")).Where(l => l.Length > 0 && l[0] != '#')];

    [Fact]
    public void Context_ByDefault_IsEmpty() => Assert.Equal("**", Rules[0]);

    [Fact]
    public void Context_OfTheImage_IsWhatItsDockerfileCopies()
    {
        var copied = File.ReadLines(Path.Combine(Repository.Root, "gpu-worker", "Dockerfile"))
            .Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from=", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ')[1..^1])
            .Select(p => p.EndsWith('/') ? $"!{p}**" : $"!{p}");
        Assert.Equal(copied.Order(StringComparer.Ordinal), Rules.Where(r => r[0] == '!').Order(StringComparer.Ordinal));

        // The last rule that matches wins.
        Assert.All(["**/bin", "**/obj"], r => Assert.True(Array.IndexOf(Rules, r) > Array.FindLastIndex(Rules, x => x[0] == '!'), r));
        Assert.False(File.Exists(Path.Combine(Repository.Root, "gpu-worker", "Dockerfile.dockerignore")), "it would be read instead of .dockerignore");
    }

    [Fact]
    public void Keys_OfAzdsEnvironments_AreNotCommitted() => Assert.Contains(".azure/", File.ReadLines(Path.Combine(Repository.Root, ".gitignore")));
}
