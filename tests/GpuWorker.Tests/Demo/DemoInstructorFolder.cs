using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>The demo Instructor checkpoint in a folder of its own, removed with the fixture.</summary>
public sealed class DemoInstructorFolder : IDisposable
{
    public DemoInstructorFolder() => DemoInstructor.Write(Path);

    public string Path { get; } = Directory.CreateTempSubdirectory("demo-instructor-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
