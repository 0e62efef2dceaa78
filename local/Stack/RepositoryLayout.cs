using Serverless.Local.CommandLine;

namespace Serverless.Local.Stack;

/// <summary>Where the parts of the repository lie, seen from this program's own build output.</summary>
/// <param name="Root">The repository's root.</param>
/// <param name="Output">Where a build's output lies in each project, for example bin/Debug/net10.0.</param>
public sealed record RepositoryLayout(string Root, string Output)
{
    private const string Marker = "Serverless.sln";

    public string WorkerAssembly => Path.Combine(Root, "gpu-worker", Output, "Serverless.GpuWorker.dll");

    public string FunctionsHostAssembly => Path.Combine(Root, "local", "FunctionsHost", Output, "Serverless.FunctionsHost.dll");

    /// <summary>The built Functions app: what is deployed.</summary>
    public string FunctionsApp => Path.Combine(Root, "functions", Output);

    public string Samples => Path.Combine(Root, "samples");

    public string WebPage => Path.Combine(Samples, "web-chat");

    /// <summary>SignalR's client for browsers, as npm installed it.</summary>
    public string SignalRClient => Path.Combine(Root, "node_modules", "@microsoft", "signalr", "dist", "browser", "signalr.min.js");

    /// <summary>What the page reads Markdown with, as npm installed it.</summary>
    public string MarkdownReader => Path.Combine(Root, "node_modules", "markdown-it", "dist", "browser", "markdown-it.esm.min.mjs");

    /// <summary>The example questions of a sample; null when there is no such sample.</summary>
    public string? Questions(string sample) =>
        Directory.Exists(Samples) && Directory.GetDirectories(Samples).FirstOrDefault(folder => Path.GetFileName(folder) == sample) is { } folder
            ? Path.Combine(folder, "questions.json")
            : null;

    /// <exception cref="LocalException">The program does not run from within the repository.</exception>
    public static RepositoryLayout Find(string outputFolder)
    {
        var root = new DirectoryInfo(outputFolder);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, Marker))) root = root.Parent;
        if (root is null) throw new LocalException($"No {Marker} in {outputFolder} or above: run this from the repository with `dotnet run --project local`.");

        // All projects are built beside us with the same configuration: local/bin/Debug/net10.0 and gpu-worker/bin/Debug/net10.0.
        return new RepositoryLayout(root.FullName, Path.GetRelativePath(Path.Combine(root.FullName, "local"), outputFolder));
    }
}
