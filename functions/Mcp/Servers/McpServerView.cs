using Serverless.Functions.Clients;
using Serverless.Functions.Guards;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A server as it is shown. Its address and how it is shown its key are for operators; there is no place for the key.</summary>
public sealed record McpServerView(string Name, string? Description, bool Enabled)
{
    public string? Url { get; init; }

    public McpCredentialView? Credential { get; init; }

    public IReadOnlyList<string>? AllowedTools { get; init; }

    public IReadOnlyList<string>? DeniedTools { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public McpApproval? Approval { get; init; }

    public int? TimeoutSeconds { get; init; }

    public int? MaxResultBytes { get; init; }

    public int? MaxConcurrency { get; init; }

    /// <summary>Without the words of its lists, which are told apart by their number.</summary>
    public GuardView? Guards { get; init; }

    /// <summary>How many tools are approved.</summary>
    public int? ApprovedTools { get; init; }

    /// <summary>Hashes of what is approved by the tools' names at the server, for the audit.</summary>
    public IReadOnlyDictionary<string, string>? Approved { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>What came of asking it for its tools.</summary>
    public McpServerStatus? Status { get; init; }

    /// <summary>Of one server: all tools for who oversees it, else those that the caller may use.</summary>
    public IReadOnlyList<McpToolView>? Tools { get; init; }

    /// <param name="caller">Who is shown it.</param>
    public static McpServerView Of(McpServerDocument server, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(caller);
        var view = new McpServerView(server.Name, server.Description, server.Enabled);
        if (!caller.IsOperator && !caller.IsReader) return view;
        return view with
        {
            Url = caller.IsOperator ? server.Url : null,
            Credential = caller.IsOperator && server.Credential is { } credential ? new McpCredentialView(credential.Scheme is null ? "header" : "bearer", credential.Header) : null,
            AllowedTools = server.AllowedTools,
            DeniedTools = server.DeniedTools,
            Groups = server.Groups,
            Approval = server.Approval,
            TimeoutSeconds = server.TimeoutSeconds,
            MaxResultBytes = server.MaxResultBytes,
            MaxConcurrency = server.MaxConcurrency,
            Guards = GuardView.Of(server.Guards),
            ApprovedTools = server.Approved.Count,
            CreatedAt = server.CreatedAt,
            ChangedAt = server.ChangedAt,
        };
    }

    /// <summary>For the audit: with what is approved.</summary>
    public static McpServerView Audited(McpServerDocument server) => Of(server, Caller.System) with
    {
        Approved = server.Approved.ToDictionary(tool => tool.Definition.GetProperty("name").GetString() ?? "", tool => tool.Hash, StringComparer.Ordinal),
    };

    public override string ToString() => Name;
}
