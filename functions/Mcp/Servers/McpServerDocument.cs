using System.Text.Json.Serialization;
using Serverless.Functions.Clients;
using Serverless.Functions.Guards;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>An upstream server as it is stored, one blob for all of it (<c>config/mcp-servers/{name}.json</c>): its address, how it is used, and which of its tools are approved.</summary>
public sealed record McpServerDocument
{
    public const int DefaultTimeoutSeconds = 60;
    public const int DefaultMaxResultBytes = 1024 * 1024;
    public const int DefaultMaxConcurrency = 32;

    public required string Name { get; init; }

    /// <summary>Its MCP endpoint.</summary>
    public required string Url { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Null for a server that asks for none.</summary>
    public McpCredential? Credential { get; init; }

    /// <summary>Names of its tools, as <see cref="ToolFilter"/> reads them; null for all.</summary>
    public IReadOnlyList<string>? AllowedTools { get; init; }

    public IReadOnlyList<string>? DeniedTools { get; init; }

    /// <summary>Whose members may use it; none for everybody.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    public McpApproval Approval { get; init; }

    /// <summary>For one call, 1..600.</summary>
    public int TimeoutSeconds { get; init; } = DefaultTimeoutSeconds;

    /// <summary>Of one call's whole answer on the wire, 1 KB..8 MB.</summary>
    public int MaxResultBytes { get; init; } = DefaultMaxResultBytes;

    /// <summary>Calls under way at once, of one instance of the app, 1..256.</summary>
    public int MaxConcurrency { get; init; } = DefaultMaxConcurrency;

    /// <summary>For arguments (input) and results (output); null for none.</summary>
    public GuardSettings? Guards { get; init; }

    public IReadOnlyList<ApprovedTool> Approved { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>Another for every write: the state's tag.</summary>
    public string WriteId { get; init; } = "";

    /// <summary>The same for states that are reached in the same way with the same credential.</summary>
    [JsonIgnore]
    public string ConnectionKey => $"{Name} {Url} {Credential?.Header} {Credential?.Scheme} {Credential?.Secret.Name} {Credential?.Secret.Version} {TimeoutSeconds}";

    [JsonIgnore]
    public TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);

    /// <summary>Whether a caller finds tools of it.</summary>
    public bool IsFor(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.MayUseMcpServer(Name) && (Groups.Count == 0 || caller.IsOperator || caller.Groups.Contains("*") || caller.Groups.Any(group => Groups.Contains(group, StringComparer.Ordinal)));
    }

    public override string ToString() => Name;
}
