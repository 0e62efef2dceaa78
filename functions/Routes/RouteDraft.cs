using Serverless.Functions.Retrieval;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>A route as somebody wants it: read from a request, its fields checked one by one, not yet against other routes.</summary>
public sealed record RouteDraft
{
    public required string Name { get; init; }

    public required string RouteType { get; init; }

    public RouteModel? Model { get; init; }

    /// <summary>The provider's key, when the request brings one.</summary>
    public SecretText? Key { get; init; }

    public RagSettings? Rag { get; init; }

    public EmbeddingInstructions? Instructions { get; init; }

    public RouteVersion ToVersion(DateTimeOffset now) =>
        new() { Version = 0, RouteType = RouteType, Model = Model, Rag = Rag, Instructions = Instructions, CreatedAt = now };

    public override string ToString() => $"{Name} ({RouteType})";
}
