using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Routes;

/// <summary>One immutable state of a route: what it does, without the credential.</summary>
public sealed record RouteVersion
{
    public required int Version { get; init; }

    public required string RouteType { get; init; }

    /// <summary>Null for a rag route.</summary>
    public RouteModel? Model { get; init; }

    /// <summary>For a rag route only.</summary>
    public RagSettings? Rag { get; init; }

    /// <summary>For an embeddings route; null means the defaults.</summary>
    public EmbeddingInstructions? Instructions { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>A version holds prompts, so it prints as its number.</summary>
    public override string ToString() => $"{RouteType} version {Version}";
}
