using Serverless.Local.CommandLine;
using Serverless.Local.Hosting;

namespace Serverless.Local.Stack;

/// <summary>Where the parts of the repository lie, seen from this program's own build output.</summary>
public sealed record RepositoryLayout(string Root, string WorkerAssembly)
{
    public string Samples => Path.Combine(Root, "samples");

    public string WebPage => Path.Combine(Samples, "web-chat");

    /// <summary>SignalR's client for browsers, as npm installed it.</summary>
    public string SignalRClient => Path.Combine(Root, "node_modules", "@microsoft", "signalr", "dist", "browser", "signalr.min.js");

    /// <summary>The example questions of a sample; null when there is no such sample.</summary>
    public string? Questions(string sample) =>
        Directory.Exists(Samples) && Directory.GetDirectories(Samples).FirstOrDefault(folder => Path.GetFileName(folder) == sample) is { } folder
            ? Path.Combine(folder, "questions.json")
            : null;

    /// <exception cref="LocalException">The program does not run from within the repository.</exception>
    public static RepositoryLayout Find(string outputFolder)
    {
        var root = Path.GetDirectoryName(HostJson.Find(outputFolder)) ?? throw new LocalException($"No host.json in {outputFolder} or above: run this from the repository with `dotnet run --project local`.");

        // Built beside us with the same configuration: local/bin/Debug/net10.0 and gpu-worker/bin/Debug/net10.0.
        var worker = Path.Combine(root, "gpu-worker", Path.GetRelativePath(Path.Combine(root, "local"), outputFolder), "Serverless.GpuWorker.dll");
        return new RepositoryLayout(root, worker);
    }
}
