using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>The demo Llama with key-value heads enough for 4 ranks, in a folder of its own, removed with the fixture.</summary>
public sealed class WideDemoLlamaFolder : IDisposable
{
    public WideDemoLlamaFolder() => DemoLlama.Write(Path, keyValueHeads: 4);

    public string Path { get; } = Directory.CreateTempSubdirectory("demo-llama-wide-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
