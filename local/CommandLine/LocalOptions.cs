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

    /// <summary>How many Functions hosts, with a worker each, run side by side on one storage: 1 to 8.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>The folder of a Llama checkpoint that the GPU worker serves in the demo model's place; absolute, null for the demo model.</summary>
    public string? Llama { get; init; }

    /// <summary>The folder of an Instructor checkpoint that the GPU worker serves in the demo model's place; absolute, null for the demo model.</summary>
    public string? Instructor { get; init; }

    /// <summary>Base URL of an OpenAI-compatible server (http://localhost:11434/v1) that answers for the sample routes; null for the GPU worker.</summary>
    public Uri? OpenAiEndpoint { get; init; }

    /// <summary>The model's name there. Set together with <see cref="OpenAiEndpoint"/>.</summary>
    public string? OpenAiModel { get; init; }

    /// <summary>Names besides this machine's own under which the front door answers, as behind a tunnel: <c>name</c> or <c>*.suffix</c>.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Leave the Functions app to Azure Functions Core Tools: write its local.settings.json and start all else.</summary>
    public bool CoreTools { get; init; }

    public bool Help { get; init; }
}
