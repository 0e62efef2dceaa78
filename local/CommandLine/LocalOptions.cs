namespace Serverless.Local.CommandLine;

/// <summary>What <c>dotnet run --project local -- [options]</c> was asked to do.</summary>
public sealed record LocalOptions
{
    /// <summary>The port of functions and web page on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; } = 7071;

    /// <summary>The port of the GPU worker on 127.0.0.1; 0 takes a free one.</summary>
    public int WorkerPort { get; init; } = 8080;

    /// <summary>Everything that outlives a run is kept here.</summary>
    public string DataDirectory { get; init; } = ".local";

    /// <summary>Start from nothing: forget what earlier runs kept.</summary>
    public bool Fresh { get; init; }

    /// <summary>Create the sample routes and drop the sample documents.</summary>
    public bool Samples { get; init; } = true;

    /// <summary>How many Functions hosts, with a worker each, share the storage; 1 to 8.</summary>
    public int Instances { get; init; } = 1;

    public bool Help { get; init; }
}
