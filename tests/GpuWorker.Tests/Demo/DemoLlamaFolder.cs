using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>The demo Llama checkpoint in a folder of its own, removed with the fixture.</summary>
public sealed class DemoLlamaFolder : IDisposable
{
    public DemoLlamaFolder() => DemoLlama.Write(Path);

    public string Path { get; } = Directory.CreateTempSubdirectory("demo-llama-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
