using Local.Tests.Support;
using Serverless.Local.Stack;

namespace Local.Tests.Stack;

public sealed class WorkerChildTests
{
    /// <summary>Whoever updates the worker gets its demo's weights, and not those of the former one.</summary>
    [Fact]
    public async Task HasCheckpoints_OfAnotherWorker_IsFalseUntilTheyAreMadeAnew()
    {
        using var data = new TemporaryFolder();
        var output = Path.GetRelativePath(Path.Combine(RepositoryRoot.Path, "tests", "Local.Tests"), AppContext.BaseDirectory);
        var child = new WorkerChild(RepositoryLayout.Find(Path.Combine(RepositoryRoot.Path, "local", output)).WorkerAssembly, 1, data["models"]);
        Assert.False(child.HasCheckpoints);
        Directory.CreateDirectory(Path.Combine(data["models"], "demo-llama"));
        await File.WriteAllTextAsync(Path.Combine(data["models"], "demo-llama", "old"), "x");
        Assert.False(child.HasCheckpoints);
        await child.CreateCheckpointsAsync(CancellationToken.None);
        Assert.True(child.HasCheckpoints);
        Assert.True(File.Exists(Path.Combine(data["models"], "demo-llama", "model.safetensors")));
        Assert.False(File.Exists(Path.Combine(data["models"], "demo-llama", "old")));
        await File.WriteAllTextAsync(Path.Combine(data["models"], "made-by"), Guid.NewGuid().ToString());
        Assert.False(child.HasCheckpoints);
        Assert.True((child with { Llama = "llama", Instructor = "instructor" }).HasCheckpoints);
    }
}
