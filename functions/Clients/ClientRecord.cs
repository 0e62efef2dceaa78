namespace Serverless.Functions.Clients;

/// <summary>A client as it is stored: of its key, only the SHA-256.</summary>
public sealed record ClientRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the whole key, hexadecimal. The key has 256 random bits, so a slow hash would add nothing.</summary>
    public required string KeyHash { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    public bool IsOperator { get; init; }

    /// <summary>Null means all routes.</summary>
    public IReadOnlyList<string>? AllowedRoutes { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RotatedAt { get; init; }

    public Caller ToCaller() => new(Id, Groups, IsOperator) { AllowedRoutes = AllowedRoutes };

    public override string ToString() => Id;
}
