using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Hosting;

public sealed class DemoCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ensure_Current_IsLeftAlone()
    {
        Assert.True(Checkpoint("one").EnsureIn(_folder));
        Assert.False(Checkpoint("two").EnsureIn(_folder));
        Assert.Equal("one", File.ReadAllText(Path.Combine(_folder, "model", "weights")));
    }

    [Theory]
    [InlineData("weights", null)]
    [InlineData("weights", "cut short")]
    [InlineData("inner/config", null)]
    [InlineData(DemoCheckpoint.ManifestName, null)]
    [InlineData(DemoCheckpoint.ManifestName, "{")]
    [InlineData(DemoCheckpoint.ManifestName, """{"Build":"another","Files":{}}""")]
    public void Ensure_IncompleteOrOld_IsMadeAnew(string file, string? content)
    {
        Checkpoint("one").EnsureIn(_folder);
        var path = Path.Combine(_folder, "model", file);
        File.Delete(path);
        if (content is not null) File.WriteAllText(path, content);
        Assert.True(Checkpoint("four").EnsureIn(_folder));
        Assert.Equal("four", File.ReadAllText(Path.Combine(_folder, "model", "weights")));
        Assert.False(Checkpoint("four").EnsureIn(_folder));
    }

    [Fact]
    public void Ensure_WritingFails_LeavesNoHalf()
    {
        var broken = new DemoCheckpoint("model", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "weights"), "half");
            throw new IOException("disk full");
        });
        Assert.Throws<IOException>(() => broken.EnsureIn(_folder));
        Assert.False(Directory.Exists(Path.Combine(_folder, "model")));
        Assert.True(Checkpoint("one").EnsureIn(_folder));
    }

    private static DemoCheckpoint Checkpoint(string weights) => new("model", folder =>
    {
        File.WriteAllText(Path.Combine(folder, "weights"), weights);
        Directory.CreateDirectory(Path.Combine(folder, "inner"));
        File.WriteAllText(Path.Combine(folder, "inner", "config"), "{}");
    });
}
