using System.Text.Json.Nodes;

namespace Serverless.Functions.Auditing;

/// <summary>A change as it is told: a line when it begins and another, of the same id, when it has ended.</summary>
public sealed record AuditEntry
{
    /// <summary>Names the change: its time to the ten-millionth of a second and a random part, so that ids sort as times do.</summary>
    public required string Id { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The client's id; <c>operator</c> for the operator's key, <c>anonymous</c> where nobody is asked.</summary>
    public required string Who { get; init; }

    /// <summary>The function, for example <c>UpdateRoute</c>.</summary>
    public required string Action { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary><c>x-request-id</c> of the request.</summary>
    public string? RequestId { get; init; }

    /// <summary><c>begun</c>: nobody has said how it ended, as after a crash; <c>done</c>; <c>refused</c>: nothing was changed; <c>failed</c>: it may have been.</summary>
    public required string Outcome { get; init; }

    /// <summary>The error's code, when it was refused or failed.</summary>
    public string? Code { get; init; }

    /// <summary>What was changed: <c>route/name</c>, <c>client/id</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Its state before, without secrets; null when there was none or nobody says.</summary>
    public JsonNode? Before { get; init; }

    /// <summary>Its state after, without secrets; null when there is none or nobody says.</summary>
    public JsonNode? After { get; init; }

    /// <summary>An entry holds prompts of routes, so it prints as its number.</summary>
    public override string ToString() => Id;
}
